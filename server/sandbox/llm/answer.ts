import { type BrainMessage, type Thought, think } from './brain.ts';
import { extractMemory } from './extraction.ts';
import type { ChatRequest } from './request.ts';
import { plainestValue } from './schema-answer.ts';

/** What the stand-in answers: JSON where a shape is asked for, and otherwise what its small mind thinks of. */
export function answerTo(request: ChatRequest): Thought {
  const asked = request.response_format?.json_schema;
  if (asked?.name === 'call_memory') return { text: JSON.stringify(memoryOf(request)), tool: null };
  if (asked !== undefined) return { text: JSON.stringify(plainestValue(asked.schema)), tool: null };
  return think(
    request.messages as BrainMessage[],
    (request.tools ?? []).map((tool) => tool.function.name),
  );
}

function memoryOf(request: ChatRequest): Record<string, unknown> {
  const contentOf = (role: string) =>
    request.messages.find((message) => message.role === role)?.content ?? '';
  const persona = /^persona: (.+)$/m.exec(contentOf('system'))?.[1] ?? '';
  const promises = /^Open promises:\n(.*?)\n\n/ms.exec(contentOf('system'))?.[1]?.split('\n') ?? [];
  return extractMemory(
    contentOf('user'),
    persona,
    promises.filter((line) => line !== '(nothing)'),
  );
}
