import { toSecondPerson } from './second-person.ts';

/**
 * What the sandbox's language model takes from a transcript when it is asked for a call's memory: a handful of patterns,
 * no understanding. It finds what the demo and the tests say, in the shape that it is asked for.
 */

interface Line {
  seq: number;
  speaker: string;
  text: string;
}

/** What a sentence says about its speaker, by the same patterns. */
export function factsIn(text: string, name: string): Fact[] {
  return PATTERNS.flatMap(([pattern, make]) => {
    const match = pattern.exec(text);
    return match === null ? [] : [make(match, name)];
  });
}

export interface Fact {
  category: string;
  slot: string | null;
  text: string;
}

const PATTERNS: ReadonlyArray<readonly [RegExp, (match: RegExpExecArray, name: string) => Fact]> = [
  [
    /\b[Mm]y (\w+)(?:'s name is| is called) (\p{Lu}[\p{L}-]+)/u,
    ([, who = '', called = '']) => ({
      category: 'user_facts',
      slot: `${who.toLowerCase()}.name`,
      text: called,
    }),
  ],
  [
    /\bI live in (\p{Lu}[\p{L} ]+)/u,
    ([, place = '']) => ({ category: 'user_facts', slot: 'home', text: place.trim() }),
  ],
  [
    /\bI (?:now )?work (?:at|for) (?:the )?([\p{L}][\p{L} ]*)/u,
    ([, employer = '']) => ({ category: 'user_facts', slot: 'employer', text: employer.trim() }),
  ],
  [
    /\bI (?:really )?(?:like|love) ([\p{L}][\p{L} ]*)/u,
    ([, what = ''], name) => ({ category: 'preferences', slot: null, text: `${name} likes ${what.trim()}` }),
  ],
  [
    /\bI(?:'m| am) allergic to ([\p{L}][\p{L} ]*)/u,
    ([, what = ''], name) => ({
      category: 'user_facts',
      slot: null,
      text: `${name} is allergic to ${what.trim()}`,
    }),
  ],
];

const PROFILE: ReadonlyArray<readonly [field: string, pattern: RegExp]> = [
  ['identity', /\b[Ii](?:'m| am) (an? [\p{L} ]+)/u],
  ['goal', /\b[Mm]y goal is to ([\p{L} ]+)/u],
  ['why', /\b[Ii]t matters because ([\p{L}' ]+)/u],
  ['progress', /\b[Ss]o far I (?:have )?([\p{L}' ]+)/u],
];

const DONE = /\bI (?:did it|kept it|have done it)\b/;
const PROMISE = /\bI (?:will|promise to|want to|'ll) ([\p{L}][\p{L}' ]*)/u;

/**
 * @param transcript lines such as `[3] Anna: I live in Ghent.` @param persona its name, whose lines are not facts.
 * @param open what was promised in earlier calls; the first of it is what somebody did who says that they did it.
 */
export function extractMemory(
  transcript: string,
  persona: string,
  open: readonly string[] = [],
): Record<string, unknown> {
  const lines = [...transcript.matchAll(/^\[(\d+)\] ([^:]+): (.*)$/gm)].map(
    ([, seq = '0', speaker = '', text = '']): Line => ({ seq: Number(seq), speaker, text }),
  );
  const callers = lines.filter(({ speaker }) => speaker !== persona);
  const facts = callers.flatMap((line) =>
    PATTERNS.flatMap(([pattern, make]) => {
      const match = pattern.exec(line.text);
      return match === null ? [] : [factOf(line, match[0], make(match, line.speaker))];
    }),
  );
  const promises = callers.flatMap((line) => {
    const match = PROMISE.exec(line.text);
    return match === null
      ? []
      : [{ promise: (match[1] ?? '').trim(), due_at: null, status: 'open', quote: match[0] }];
  });
  const [oldest] = open;
  const done = callers.flatMap(({ text }) => DONE.exec(text)?.[0] ?? [])[0];
  if (oldest !== undefined && done !== undefined)
    promises.push({ promise: oldest, due_at: null, status: 'kept', quote: done });
  const profile = callers.flatMap((line) =>
    PROFILE.flatMap(([field, pattern]) => {
      const match = pattern.exec(line.text);
      return match === null ? [] : [{ field, text: (match[1] ?? '').trim(), quote: match[0] }];
    }),
  );
  const topic = promises.find(({ status }) => status === 'open');
  return {
    summary:
      callers.length === 0
        ? 'Nobody spoke.'
        : `${callers[0]?.speaker} said: ${callers
            .map(({ text }) => text)
            .join(' ')
            .slice(0, 300)}`,
    key_topics: facts.slice(0, 4).map(({ slot, category }) => slot ?? category),
    outcome: promises.length > 0 ? 'action_planned' : 'talked',
    facts,
    storylines: promises.map(({ promise, status, quote }) => ({
      topic: promise.slice(0, 80),
      status: status === 'open' ? 'open' : 'closed',
      last_state: quote,
      next_expected: null,
      follow_up_after: null,
    })),
    commitments: promises,
    profile,
    first_message_hooks:
      topic === undefined ? [] : [`Last time you wanted to ${toSecondPerson(topic.promise)}. How did it go?`],
  };
}

function factOf(line: Line, quote: string, { category, slot, text }: Fact) {
  return {
    op: 'add',
    target_id: null,
    category,
    sector: 'semantic',
    slot,
    cardinality: slot === null ? 'many' : 'one',
    text,
    aliases: [],
    source: 'stated',
    turns: [line.seq],
    quote,
    valid_from: null,
    temporary_until: null,
    confidence: 0.9,
    importance: 3,
    sensitive: /allergic/.test(text) ? 'health' : 'none',
  };
}
