import type { BrainMessage, Rule } from './brain.ts';
import { factsIn } from './extraction.ts';

/** What the small speaker does with the tools over memory: it asks before it forgets, and notes what it is told to note. */

export const MEMORY_RULES: readonly Rule[] = [
  {
    when: /^(?:yes|yeah|yep|please|sure|do it)\b/i,
    answer: ({ offeredToForget }) =>
      offeredToForget.length === 0
        ? null
        : { text: '', tool: { name: 'forget_memory', args: { ids: offeredToForget } } },
  },
  {
    when: /\bforget (?:about |that |what i said about )?(?:my )?(.+)/i,
    answer: ({ tools }, match) =>
      tools.has('forget_memory')
        ? {
            text: '',
            tool: { name: 'forget_memory', args: { what: (match[1] ?? '').replace(/[.!?]+$/, '') } },
          }
        : null,
  },
  {
    when: /\b(?:remember that|actually|that's wrong|that is wrong)\b/i,
    answer: ({ tools, said, callee }) => {
      const [fact] = factsIn(said, callee);
      if (fact === undefined || !tools.has('remember_fact')) return null;
      const { text, category, slot } = fact;
      return {
        text: '',
        tool: { name: 'remember_fact', args: { text, category, ...(slot === null ? {} : { slot }) } },
      };
    },
  },
];

/** The memories that the last use of forget_memory found. */
export function offeredIds(messages: readonly BrainMessage[]): string[] {
  const last = messages.findLast(
    ({ role, content }) => role === 'tool' && content?.includes('"matches"') === true,
  );
  const matches = /"matches":(\[.*\])/.exec(last?.content ?? '')?.[1];
  if (matches === undefined) return [];
  return (JSON.parse(matches) as Array<{ id: string }>).slice(0, 1).map(({ id }) => id);
}

/** What a tool over memory answered, in words; null for other tools. */
export function speakMemory(tool: string, value: Record<string, unknown>): string | null {
  switch (tool) {
    case 'search_memory': {
      const [first] = (value.found ?? []) as Array<{ when: string; text: string }>;
      return first === undefined ? 'You have not told me that yet.' : `That was ${first.when}. ${first.text}`;
    }
    case 'remember_fact':
      return `I have noted it: ${String(value.text)}.`;
    case 'forget_memory': {
      if ('forgotten' in value) return 'It is forgotten, for good.';
      const [first] = (value.matches ?? []) as Array<{ text: string }>;
      return first === undefined
        ? 'I know nothing about that.'
        : `I have this: ${first.text}. Shall I forget it?`;
    }
    default:
      return null;
  }
}
