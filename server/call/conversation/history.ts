import type { Entry } from './types.ts';

/** A message in the model's view, in the shape that chat completion APIs share. */
export type ModelMessage =
  | { role: 'user'; content: string }
  | { role: 'assistant'; content: string }
  | { role: 'assistant'; content: null; toolCall: { id: string; name: string; arguments: string } }
  | { role: 'tool'; toolCallId: string; content: string };

/**
 * What the model is told of the call: what the caller said, and of the persona's words only those that
 * were heard. A cut-off line says so, and neighbours of one speaker become one message.
 */
export function modelView(history: readonly Entry[]): ModelMessage[] {
  const messages: ModelMessage[] = [];
  for (const entry of history) {
    const message = toMessage(entry);
    const last = messages.at(-1);
    if (last !== undefined && isText(last) && isText(message) && last.role === message.role) {
      messages[messages.length - 1] = { role: last.role, content: `${last.content} ${message.content}` };
    } else messages.push(message);
  }
  return messages;
}

function toMessage(entry: Entry): ModelMessage {
  switch (entry.kind) {
    case 'caller':
      return { role: 'user', content: entry.text };
    case 'persona':
      return {
        role: 'assistant',
        content: entry.interrupted ? `${entry.text} — [cut off by the caller]` : entry.text,
      };
    case 'tool-call':
      return {
        role: 'assistant',
        content: null,
        toolCall: {
          id: toolCallId(entry.call),
          name: entry.tool.name,
          arguments: JSON.stringify(entry.tool.args),
        },
      };
    case 'tool-result':
      return { role: 'tool', toolCallId: toolCallId(entry.call), content: entry.result };
    default:
      return entry satisfies never;
  }
}

function toolCallId(call: number): string {
  return `call_${call}`;
}

function isText(message: ModelMessage): message is { role: 'user' | 'assistant'; content: string } {
  return (message.role === 'user' || message.role === 'assistant') && message.content !== null;
}
