import { CALL_BACK_RULES, speakCallBack } from './brain-call-back.ts';
import { MEMORY_RULES, offeredIds, promiseIds, speakMemory } from './brain-memory.ts';
import { toSecondPerson } from './second-person.ts';

/**
 * The mind behind the sandbox's language models: a small rule-based speaker, no language model. It really
 * uses what it is given: the prompt (who it is, whom it calls), the history (it can repeat what it was told,
 * and notices when it was cut off) and the tools (it calls them, and speaks their results).
 */

export interface BrainMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content: string | null;
  tool_calls?: Array<{ id: string; function: { name: string; arguments: string } }>;
  tool_call_id?: string;
}

export interface Thought {
  text: string;
  tool: { name: string; args: Record<string, unknown> } | null;
}

export interface Situation {
  persona: string;
  callee: string;
  said: string;
  earlier: string[];
  tools: ReadonlySet<string>;
  /** The prompt says that nobody knows yet who is on the line. */
  isStranger: boolean;
  /** Somebody who called, and has not shown that the number is theirs. */
  mustProve: boolean;
  /** The date where the callee is, such as "22 November 2026". */
  now: string | null;
  /** The persona's last line was cut off by the caller. */
  wasCutOff: boolean;
  /** What the prompt lets it begin with. */
  beginWith: string | null;
  /** Memories that it has offered to forget, and not forgotten yet. */
  offeredToForget: string[];
  /** Open promises that it has just spoken of. */
  askedAbout: string[];
}

export interface Rule {
  when: RegExp;
  answer(situation: Situation, match: RegExpExecArray): Thought | null;
}

const say = (text: string): Thought => ({ text, tool: null });

const STORY = [
  'All right, the long version.',
  'A friend of mine once decided to run every single morning before breakfast.',
  'He bought the shoes, he bought the watch, and he told everybody he knew about it.',
  'On the first day it rained, so he stayed in bed and read about running instead.',
  'On the second day he could not find one of the shoes, because the dog had hidden it in the garden.',
  'On the third day he finally went out, and he got as far as the bakery on the corner.',
  'He says those were the best rolls of his life, and he has walked there every morning since.',
].join(' ');

const RULES: readonly Rule[] = [
  {
    when: /\b(?:no|nope|wrong number|not here|isn't here|message)\b/i,
    answer: ({ isStranger, tools }) =>
      isStranger && tools.has('end_call')
        ? {
            text: '',
            tool: {
              name: 'end_call',
              args: { farewell: 'Then I will try another time. Sorry, and goodbye!' },
            },
          }
        : null,
  },
  {
    when: /\b(?:bye|goodbye)\b/i,
    answer: ({ isStranger, tools }) =>
      isStranger && tools.has('end_call')
        ? { text: '', tool: { name: 'end_call', args: { farewell: 'Thank you for your time. Goodbye!' } } }
        : null,
  },
  {
    when: /./,
    answer: ({ isStranger, mustProve, callee }) =>
      isStranger && mustProve
        ? say(
            `A number can be faked, so I cannot be sure that you are ${callee}. If you have a PIN, press hash, the PIN, and hash.`,
          )
        : null,
  },
  {
    when: /./,
    answer: ({ isStranger, persona, callee }) =>
      isStranger ? say(`This is ${persona}, an AI. I would like to talk to ${callee}. Is that you?`) : null,
  },
  ...CALL_BACK_RULES,
  ...MEMORY_RULES,
  {
    when: /\b(bye|goodbye|good night|gotta go|got to go|have to go|hang up|talk (?:to you )?later)\b/i,
    answer: ({ callee, tools }) =>
      tools.has('end_call')
        ? {
            text: '',
            tool: {
              name: 'end_call',
              args: { farewell: `Good talking to you, ${callee}. Go and get it done, and take care. Bye!` },
            },
          }
        : say(`Take care, ${callee}. Bye!`),
  },
  {
    when: /\b(cost|costs|price|how much|spent|expensive)\b/i,
    answer: ({ tools }) =>
      tools.has('get_call_cost')
        ? { text: '', tool: { name: 'get_call_cost', args: {} } }
        : say('I cannot see the price from here.'),
  },
  {
    when: /\bare you (?:really |actually )?(?:an? )?(ai|robot|machine|human|person|real|computer)\b/i,
    answer: ({ persona }) =>
      say(`I'm an AI, yes. My name is ${persona}, and I mean what I say all the same.`),
  },
  {
    when: /\b(?:what did i (?:say|tell you)|do you remember|remind me|what(?:'s| is| was) my)\b(.*)/i,
    answer: (situation) => recall(situation),
  },
  { when: /\b(story|tell me (?:more|everything|all)|explain|long version)\b/i, answer: () => say(STORY) },
  {
    when: /^(?:yes|yeah|yep|speaking|this is|it is|that's me|hi|hello|hey)\b[^?]*$/i,
    answer: ({ callee, earlier, beginWith }) =>
      earlier.length <= 1 && beginWith !== null
        ? say(`Good to hear you, ${callee}. ${beginWith}`)
        : earlier.length <= 1
          ? say(`Good to hear you, ${callee}. So, what is the one thing you want to get done today?`)
          : null,
  },
  {
    when: /\bi(?:'m| am) (?:so |very |really |a bit |too )?(tired|sad|down|stressed|anxious|afraid|bored|busy)\b/i,
    answer: (_situation, match) =>
      say(`That sounds rough. What would make you a little less ${match[1]} today?`),
  },
  {
    when: /\bi (?:want|need|have|plan|would like|am going|'m going|will|must|promised)(?: to)? (.+)/i,
    answer: (_situation, match) =>
      say(
        `Okay, so you want to ${toSecondPerson(stripEnd(match[1] ?? ''))}. What is the first small step, and when do you start?`,
      ),
  },
  {
    when: /\b(?:at|by|around|before|after) (\w+(?: (?:o'clock|thirty|fifteen|sharp|today|tonight|tomorrow))?)\W*$/i,
    answer: (_situation, match) => say(`Good, ${stripEnd(match[0])}. I will hold you to that.`),
  },
];

const FALLBACKS = [
  'Tell me a bit more about that.',
  'Okay. And what would a good end to this day look like for you?',
  'I hear you. What is standing in your way?',
  'Fair enough. What will you do about it first?',
];

/** What to say, or which tool to use, next. */
export function think(messages: readonly BrainMessage[], tools: readonly string[]): Thought {
  const last = messages.at(-1);
  if (last?.role === 'tool') return speakResult(messages, last);
  const situation = read(messages, tools);
  if (situation.wasCutOff && /\b(stop|wait|hold on|okay|enough|actually)\b/i.test(situation.said)) {
    const rest = answer({
      ...situation,
      said: situation.said.replace(/^.*?\b(?:stop|wait|hold on|enough|actually)\b[ ,.!]*/i, ''),
    });
    return rest.tool === null ? say(`Sure, I'll stop there. ${rest.text}`) : rest;
  }
  return answer(situation);
}

function answer(situation: Situation): Thought {
  for (const rule of RULES) {
    const match = rule.when.exec(situation.said);
    const thought = match === null ? null : rule.answer(situation, match);
    if (thought !== null) return thought;
  }
  return say(FALLBACKS[situation.earlier.length % FALLBACKS.length] ?? 'Go on.');
}

function read(messages: readonly BrainMessage[], tools: readonly string[]): Situation {
  const prompt = messages
    .filter((m) => m.role === 'system' || m.role === 'developer')
    .map((m) => m.content ?? '')
    .join('\n');
  const heard = messages.filter((m) => m.role === 'user').map((m) => m.content ?? '');
  const lastOwn = messages.findLast((m) => m.role === 'assistant' && m.content !== null)?.content ?? '';
  return {
    persona: /\bYou are (\p{Lu}\p{L}+)/u.exec(prompt)?.[1] ?? 'your caller',
    callee: /on the phone with ([^.\n]+?)\./.exec(prompt)?.[1] ?? 'my friend',
    said: heard.at(-1) ?? '',
    earlier: heard.slice(0, -1),
    tools: new Set(tools),
    isStranger: prompt.includes('Nobody has said so yet'),
    mustProve: prompt.includes('A number can be faked'),
    now: /they are it is \w+, (\d+ \w+ \d{4}) at/.exec(prompt)?.[1] ?? null,
    wasCutOff: lastOwn.includes('[cut off by the caller]'),
    beginWith: /you may begin with: "([^"]+)"/.exec(prompt)?.[1] ?? null,
    askedAbout: lastOwn.includes('You promised') ? promiseIds(messages) : [],
    offeredToForget: lastOwn.includes('Shall I forget') ? offeredIds(messages) : [],
  };
}

function speakResult(messages: readonly BrainMessage[], result: BrainMessage): Thought {
  const call = messages.flatMap((m) => m.tool_calls ?? []).find((c) => c.id === result.tool_call_id);
  const value = parseObject(result.content ?? '');
  if (value.status !== 'ok') return say('Hm, that did not work just now. Let us move on.');
  if (call?.function.name === 'get_call_cost')
    return say(`So far this call has cost ${String(value.spoken)}. Not bad for a good plan.`);
  const tool = call?.function.name ?? '';
  return say(speakMemory(tool, value) ?? speakCallBack(tool, value) ?? 'Done.');
}

/** Words of the question that say nothing about what is asked for. */
const ASKING = new Set([
  'what',
  'tell',
  'told',
  'about',
  'remember',
  'remind',
  'okay',
  'stop',
  'wait',
  'that',
  'your',
  'want',
]);

/** Repeats an earlier line of the caller that shares the most words with the question. */
function recall({ said, earlier, tools }: Situation): Thought {
  const wanted = new Set((said.toLowerCase().match(/\p{L}{4,}/gu) ?? []).filter((word) => !ASKING.has(word)));
  const scored = earlier.map((line) => ({
    line,
    score: (line.toLowerCase().match(/\p{L}{4,}/gu) ?? []).filter((word) => wanted.has(word)).length,
  }));
  const best = scored.filter(({ line }) => !line.trim().endsWith('?')).sort((a, b) => b.score - a.score)[0];
  if (best === undefined || best.score === 0)
    return tools.has('search_memory')
      ? { text: '', tool: { name: 'search_memory', args: { query: said, keywords: [] } } }
      : say('You have not told me that yet.');
  return say(`You told me: ${stripEnd(toSecondPerson(best.line))}.`);
}

function stripEnd(text: string): string {
  return text.trim().replace(/[.!?]+$/, '');
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // spoken as a tool that did not work
  }
}
