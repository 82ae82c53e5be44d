import type { ModelRequest } from '../call/ports.ts';
import { MAX_REPLY_TOKENS } from './limits.ts';

/** The body of a streamed chat completion, as far as Cerebras and OpenAI agree. */
export function chatBody(model: string, request: ModelRequest) {
  return {
    model,
    stream: true as const,
    stream_options: { include_usage: true },
    max_completion_tokens: MAX_REPLY_TOKENS,
    messages: toWireMessages(request),
    ...(request.tools.length === 0 ? {} : { tools: toWireTools(request), tool_choice: 'auto' as const }),
  };
}

/** The request's messages in the shape both vendors take. */
function toWireMessages(request: ModelRequest) {
  return [
    { role: 'system' as const, content: request.system },
    ...request.messages.map((message) => {
      if (message.role === 'tool')
        return { role: 'tool' as const, tool_call_id: message.toolCallId, content: message.content };
      if (message.role === 'user') return { role: 'user' as const, content: message.content };
      if (message.content !== null) return { role: 'assistant' as const, content: message.content };
      const { id, name, arguments: args } = message.toolCall;
      return {
        role: 'assistant' as const,
        content: null,
        tool_calls: [{ id, type: 'function' as const, function: { name, arguments: args } }],
      };
    }),
  ];
}

function toWireTools(request: ModelRequest) {
  return request.tools.map(({ name, description, parameters }) => ({
    type: 'function' as const,
    function: { name, description, parameters },
  }));
}
