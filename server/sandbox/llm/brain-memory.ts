import type { BrainMessage, Rule } from './brain.ts';
import { factsIn } from './extraction.ts';

/**
 * What the small speaker does with the tools over memory: it asks before it forgets, notes what it is told to note, takes
 * promises down and asks what became of them.
 */

const use = (name: string, args: Record<string, unknown>) => ({ text: '', tool: { name, args } });

export const MEMORY_RULES: readonly Rule[] = [
  {
    when: /\bI promise (?:you )?to (.+?)(?: by (\d{4}-\d\d-\d\d))?[.!]*$/i,
    answer: ({ tools }, [, promise = '', due]) =>
      tools.has('make_commitment')
        ? use('make_commitment', { promise, ...(due === undefined ? {} : { due }) })
        : null,
  },
  {
    when: /\bwhat did i promise\b/i,
    answer: ({ tools }) => (tools.has('review_commitment') ? use('review_commitment', {}) : null),
  },
  {
    when: /\bI (?:did it|kept it|have done it)\b/i,
    answer: ({ askedAbout: [id] }) =>
      id === undefined ? null : use('review_commitment', { id, outcome: 'kept' }),
  },
  {
    when: /^(?:yes|yeah|yep|please|sure|do it)\b/i,
    answer: ({ offeredToForget }) =>
      offeredToForget.length === 0 ? null : use('forget_memory', { ids: offeredToForget }),
  },
  {
    when: /\bforget (?:about |that |what i said about )?(?:my )?(.+)/i,
    answer: ({ tools }, match) =>
      tools.has('forget_memory')
        ? use('forget_memory', { what: (match[1] ?? '').replace(/[.!?]+$/, '') })
        : null,
  },
  {
    when: /\b(?:remember that|actually|that's wrong|that is wrong)\b/i,
    answer: ({ tools, said, callee }) => {
      const [fact] = factsIn(said, callee);
      if (fact === undefined || !tools.has('remember_fact')) return null;
      const { text, category, slot } = fact;
      return use('remember_fact', { text, category, ...(slot === null ? {} : { slot }) });
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

/** The promises that the last look at them found. */
export function promiseIds(messages: readonly BrainMessage[]): string[] {
  const last = messages.findLast(
    ({ role, content }) => role === 'tool' && content?.includes('"promises"') === true,
  );
  const { promises = [] } = JSON.parse(last?.content ?? '{}') as { promises?: Array<{ id: string }> };
  return promises.map(({ id }) => id);
}

/** What a tool over memory answered, in words; null for other tools. */
export function speakMemory(tool: string, value: Record<string, unknown>): string | null {
  switch (tool) {
    case 'search_memory': {
      const [first] = (value.found ?? []) as Array<{ when: string; text: string }>;
      return first === undefined
        ? 'You have not told me that yet.'
        : `I found this, from ${first.when}: ${first.text}.`;
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
    case 'make_commitment': {
      const { promise, due } = value.noted as { promise: string; due: string | null };
      return `It is a promise: ${promise}${due === null ? '' : `, by ${due}`}.`;
    }
    case 'review_commitment': {
      if ('promise' in value) return 'Well done. I have put it down as kept.';
      const [first] = (value.promises ?? []) as Array<{ promise: string }>;
      return first === undefined ? 'You owe me nothing.' : `You promised to ${first.promise}. Did you do it?`;
    }
    default:
      return null;
  }
}
