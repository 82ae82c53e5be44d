import type { ConversationConfig } from '../../server/call/conversation/configuration.ts';
import { nextDeadline } from '../../server/call/conversation/deadlines.ts';
import type { State } from '../../server/call/conversation/state.ts';
import { tunablesFor } from '../../server/call/conversation/tunables.ts';
import type { Event, Fact, Position } from '../../server/call/conversation/types.ts';
import type { Coverage } from './coverage.ts';
import { Draws } from './draws.ts';
import { Violation } from './violation.ts';
import { CoreWatch } from './watch.ts';

/** The core alone under any facts, with ids near the live ones and any stamps: what must hold whatever happens. */

const LONGEST_LIST = 70;
/** Deadlines alone must lead to the end within so many wakes. */
const WAKES_TO_END = 250;

const TEXTS: readonly [string, ...string[]] = [
  'Wait a moment',
  '',
  'yeah',
  'mm-hm',
  'Hello?',
  'one two, three. four five six! ',
  ' ',
  '**🎉**',
  'I want to go and',
  'Okay. And then, well, it ends.',
  'please hold the line for us',
  'stop',
  'Yes.',
  'No, thanks.',
  'Yes, this is Alice.',
  'Please stop recording.',
  'I want to kill myself.',
  'Please state your name after the tone.',
  'Please stay on the line.',
  'one two three four five six seven. '.repeat(9),
];

const goodbye = 'Bye, take care.';

export const fuzzConfig: ConversationConfig = {
  direction: 'outbound',
  opening: 'Hi, this is Brad, an AI. Is this Alice?',
  reprompts: ['Are you there?', 'Hello?'],
  fillers: ['One moment.'],
  apology: 'Sorry, say that again?',
  budgetNotice: 'We have a minute left.',
  voicemail: 'Hello, this is Brad, an AI. Goodbye.',
  screening: 'This is Brad, an AI, for Alice.',
  disclosure: 'I am Brad, an AI.',
  quiet: 'I am quiet until you speak.',
  pinRight: 'That was right.',
  pinWrong: 'That was wrong.',
  safety: 'Please call 988 now.',
  goodbyes: {
    'caller-hung-up': '',
    'asked-to-stop': 'I will not call again. Bye!',
    machine: '',
    'persona-said-goodbye': goodbye,
    silence: goodbye,
    loop: goodbye,
    'model-failed': goodbye,
    'hearing-failed': goodbye,
    'voice-failed': goodbye,
    'budget-exhausted': goodbye,
    'approval-revoked': goodbye,
    requested: goodbye,
    draining: goodbye,
    'line-protocol-error': '',
    'time-limit': goodbye,
  },
  recording: {
    calleeName: 'Alice',
    isAgreed: false,
    awaitsPin: false,
    question: 'May I record this call?',
    announcement: 'This call is recorded, as you agreed.',
    begun: 'It is recorded from now on.',
    declined: 'Nothing is recorded.',
    ended: 'The recording has ended.',
  },
  tunables: tunablesFor('balanced'),
};

/** Any list of events, drawn as it goes along, because facts are only of interest near the state that they meet. */
export function fuzzOnce(
  seed: number,
  coverage: Coverage | null = null,
): { events: Event[]; problem: string | null } {
  const d = new Draws(seed);
  const watch = new CoreWatch(fuzzConfig, seed % 10 === 0, coverage);
  const events: Event[] = [];
  let at = 0;
  const take = (fact: Fact, stamps: { ear: Position | null; got: Position | null }) => {
    const event: Event = { ...fact, at, ...stamps };
    events.push(event);
    watch.take(event);
  };
  try {
    const length = d.int('length', 0, 2, LONGEST_LIST);
    for (let i = 0; i < length && !watch.ended; i++) {
      at += d.chance('far', i, 0.15) ? d.int('delay', i, 0, 9_000) : d.int('delay', i, 0, 800);
      const fact: Fact = i === 0 ? { type: 'line.started' } : drawFact(watch.state, d, i);
      take(fact, drawStamps(watch.state, d, i));
    }
    for (let i = 0; i < WAKES_TO_END && !watch.ended; i++) {
      at = Math.max(at, nextDeadline(watch.state));
      take({ type: 'wake' }, { ear: null, got: null });
    }
    if (!watch.ended) throw new Violation('3', 'deadlines alone do not lead to the end');
    return { events, problem: null };
  } catch (error) {
    return { events, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Does a list break a rule, and which? */
export function problemOf(events: readonly Event[]): string | null {
  const watch = new CoreWatch(fuzzConfig, false, null);
  try {
    for (const event of events) watch.take(event);
    return null;
  } catch (error) {
    return error instanceof Violation ? error.rule : String(error);
  }
}

function drawStamps(state: State, d: Draws, i: number): { ear: Position | null; got: Position | null } {
  const first = state.mouth[0]?.id;
  const newest = state.mouth.find((u) => u.totalMs === null)?.id;
  return {
    ear: first === undefined ? null : { utt: first, ms: d.int('ear', i, 0, 4_000) },
    got: newest === undefined ? null : { utt: newest, ms: d.int('got', i, 0, 5_000) },
  };
}

function drawFact(state: State, d: Draws, i: number): Fact {
  const text = d.pick('text', i, TEXTS);
  const turn = state.endedTurn + d.int('turn', i, 0, 2);
  const req = liveRequest(state) ?? state.nextId + d.int('id', i, -2, 1);
  const utt = state.mouth[d.int('utt', i, 0, Math.max(0, state.mouth.length - 1))]?.id ?? state.nextId - 1;
  const facts: [Fact, ...Fact[]] = [
    { type: 'wake' },
    { type: 'wake' },
    { type: 'voice.on', forMs: 200, offLagMs: 0 },
    { type: 'voice.on', forMs: d.int('for', i, 0, 400), offLagMs: 0 },
    { type: 'voice.off' },
    { type: 'stt.partial', turn, text },
    { type: 'stt.partial', turn: turn + 1, text },
    { type: 'stt.eagerEnd', turn, text },
    { type: 'stt.resumed', turn },
    { type: 'stt.end', turn, text, voicedAt: null },
    { type: 'stt.end', turn: turn + 1, text: `${text} and`, voicedAt: 0 },
    d.chance('up', i, 0.5) ? { type: 'stt.up' } : { type: 'stt.down' },
    { type: 'llm.text', req, text },
    { type: 'llm.text', req, text },
    { type: 'llm.tool', req, tool: drawTool(text, d, i) },
    { type: 'llm.done', req },
    { type: 'llm.done', req },
    { type: 'llm.failed', req, problem: 'x' },
    { type: 'tool.done', call: state.thought.now === 'tool' ? state.thought.call : req, result: '{}' },
    { type: 'tts.words', utt, words: [{ text: 'one', startMs: 0, endMs: 300 }] },
    { type: 'tts.done', utt, totalMs: d.int('total', i, 0, 5_000) },
    { type: 'tts.done', utt, totalMs: d.int('total', i, 0, 5_000) },
    { type: 'tts.failed', utt, problem: 'x' },
    { type: 'play.started', utt },
    { type: 'play.started', utt },
    { type: 'play.drained', utt },
  ];
  if (d.chance('rare', i, 0.04)) return drawRare(d, i);
  return d.pick('fact', i, facts);
}

function drawRare(d: Draws, i: number): Fact {
  return d.pick<Fact>('rare-fact', i, [
    { type: 'budget', level: 'warn' },
    { type: 'budget', level: 'cutoff' },
    { type: 'budget', level: 'revoked' },
    { type: 'key', digit: '0' },
    { type: 'key', digit: '*' },
    { type: 'machine.answered' },
    { type: 'pin', isRight: true },
    { type: 'stop.requested', reason: 'requested' },
    { type: 'stop.requested', reason: 'asked-to-stop' },
    { type: 'stt.end', turn: 1_000 + i, text: 'Please stop calling me.', voicedAt: null },
    { type: 'line.stopped' },
    { type: 'line.started' },
  ]);
}

function drawTool(text: string, d: Draws, i: number) {
  return d.chance('end', i, 0.3)
    ? { name: 'end_call', args: { farewell: text } }
    : { name: 'get_call_cost', args: {} };
}

function liveRequest(state: State): number | undefined {
  if (state.thought.now === 'asking') return state.thought.req;
  return state.caller.now === 'quiet' ? undefined : state.caller.draft?.req;
}
