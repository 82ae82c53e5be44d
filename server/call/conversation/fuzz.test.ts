import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testConfig } from './conversation.testing.ts';
import { deadlines, nextDeadline } from './deadlines.ts';
import { modelView } from './history.ts';
import { initialState, step } from './step.ts';
import type { Effect, Event, Fact, Position, State } from './types.ts';

/**
 * Any facts, with ids near the live ones, at any times: what must hold after every step whatever happens.
 * The numbers in the messages are those of the invariants in ARCHITECTURE.md.
 */

interface Draw {
  kind: number;
  delayMs: number;
  id: number;
  text: number;
  earMs: number;
  gotMs: number;
}

const draws = fc.array(
  fc.record({
    kind: fc.nat(27),
    delayMs: fc.oneof({ weight: 6, arbitrary: fc.nat(800) }, { weight: 1, arbitrary: fc.nat(9_000) }),
    id: fc.integer({ min: -2, max: 1 }),
    text: fc.nat(9),
    earMs: fc.nat(4_000),
    gotMs: fc.nat(5_000),
  }),
  { maxLength: 70 },
);

const TEXTS = [
  '',
  'yeah',
  'mm-hm',
  'Wait a moment',
  'Hello?',
  'one two, three. four five six! ',
  ' ',
  '**🎉**',
  'I want to go',
  'Okay. And then, well, it ends.',
];

function toFact(state: State, draw: Draw): Fact {
  const id = state.nextId + draw.id;
  const text = TEXTS[draw.text] ?? '';
  const turn = state.endedTurn + 1 + draw.id;
  const facts: Fact[] = [
    { type: 'line.started' },
    { type: 'wake' },
    { type: 'wake' },
    { type: 'voice.on', forMs: draw.id < 0 ? 0 : 200 },
    { type: 'voice.on', forMs: 200 },
    { type: 'voice.off' },
    { type: 'stt.eagerEnd', turn: turn + 1, text },
    { type: 'stt.eagerEnd', turn, text },
    { type: 'stt.resumed', turn: turn + 1 },
    { type: 'budget', level: draw.text > 1 ? 'warn' : draw.text === 1 ? 'cutoff' : 'revoked' },
    { type: 'stt.partial', turn, text },
    { type: 'stt.partial', turn: turn + 1, text },
    { type: 'stt.end', turn: turn + 1, text, voicedAt: null },
    { type: 'stt.end', turn: turn + 1, text: `${text} and`, voicedAt: 0 },
    { type: 'stt.down' },
    { type: 'stt.up' },
    { type: 'llm.text', req: liveRequest(state) ?? id, text },
    {
      type: 'llm.tool',
      req: liveRequest(state) ?? id,
      tool:
        draw.text % 3 === 0
          ? { name: 'end_call', args: { farewell: text } }
          : { name: 'get_call_cost', args: {} },
    },
    { type: 'llm.done', req: liveRequest(state) ?? id },
    { type: 'llm.failed', req: liveRequest(state) ?? id, problem: 'x' },
    { type: 'tool.done', call: state.thought.now === 'tool' ? state.thought.call : id, result: '{}' },
    {
      type: 'tts.words',
      utt: liveUtterance(state, draw) ?? id,
      words: [
        { text: 'one', startMs: 0, endMs: 300 },
        { text: 'two,', startMs: 300, endMs: 600 },
      ],
    },
    { type: 'tts.done', utt: liveUtterance(state, draw) ?? id, totalMs: draw.gotMs },
    { type: 'tts.failed', utt: liveUtterance(state, draw) ?? id, problem: 'x' },
    { type: 'play.started', utt: liveUtterance(state, draw) ?? id },
    { type: 'play.drained', utt: liveUtterance(state, draw) ?? id },
    { type: 'stop.requested', reason: 'requested' },
    { type: 'line.stopped' },
  ];
  const ends = draw.kind >= 26 && draw.text !== 0; // most lists should go on for long
  return (ends ? undefined : facts[draw.kind]) ?? { type: 'wake' };
}

function liveRequest(state: State): number | undefined {
  if (state.thought.now === 'asking') return state.thought.req;
  return state.caller.now === 'quiet' ? undefined : state.caller.draft?.req;
}

function liveUtterance(state: State, draw: Draw): number | undefined {
  return state.mouth[Math.abs(draw.id) % Math.max(1, state.mouth.length)]?.id;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}

/** Watches a conversation from outside and fails at the first broken rule. */
class Watch {
  started = false;
  ended = false;
  readonly openRequests = new Set<number>();
  readonly recorded = new Set<number>();
  lastTurn = -1;

  check(state: State, event: Event, effects: readonly Effect[]): void {
    if (this.ended) expect(effects, '2: nothing happens after the end').toEqual([]);
    if (event.type === 'line.started') this.started = true;
    for (const effect of effects) this.note(effect);
    if (this.ended) expect(deadlines(state), '2: no deadline after the end').toEqual([]);
    else if (this.started)
      expect(nextDeadline(state), '3: a live call always has a deadline').toBeLessThan(
        Number.POSITIVE_INFINITY,
      );
    if (event.type === 'wake' && !this.ended)
      expect(nextDeadline(state), '4: a wake makes progress').toBeGreaterThan(event.at);
    if (!this.ended) expect(this.openRequests.size, '7: one request at a time').toBeLessThanOrEqual(1);
    if (state.barge.now === 'held')
      expect(state.mouth[0]?.id, '8: what is held is first in the mouth').toBe(state.barge.utt);
    for (const u of state.mouth) {
      if (u.open)
        expect(
          state.thought.now === 'asking' && state.thought.utt === u.id,
          '6: an open utterance is being thought',
        ).toBe(true);
    }
  }

  private note(effect: Effect): void {
    switch (effect.type) {
      case 'end':
        expect(this.ended, '2: one end').toBe(false);
        this.ended = true;
        return;
      case 'llm.start':
        this.openRequests.add(effect.req);
        expectEveryToolAnswered(effect.history);
        return;
      case 'llm.cancel':
        this.openRequests.delete(effect.req);
        return;
      case 'record':
        this.noteEntry(effect.entry);
        return;
      default:
    }
  }

  private noteEntry(entry: Extract<Effect, { type: 'record' }>['entry']): void {
    if (entry.kind === 'persona') {
      expect(this.recorded.has(entry.utt), '5: an utterance is recorded once').toBe(false);
      this.recorded.add(entry.utt);
    }
    if (entry.kind === 'caller') {
      expect(entry.turn, '5: turns grow').toBeGreaterThan(this.lastTurn);
      this.lastTurn = entry.turn;
    }
  }

  /** A request that is over by itself needs no cancel. */
  over(fact: Fact): void {
    if (fact.type === 'llm.done' || fact.type === 'llm.failed') this.openRequests.delete(fact.req);
  }
}

function expectEveryToolAnswered(history: Parameters<typeof modelView>[0]): void {
  const asked = modelView(history).flatMap((m) =>
    m.role === 'assistant' && m.content === null ? [m.toolCall.id] : [],
  );
  const answered = modelView(history).flatMap((m) => (m.role === 'tool' ? [m.toolCallId] : []));
  expect(answered, '8: every tool call has exactly one result').toEqual(asked);
}

describe('the core under any events', () => {
  it('keeps its invariants', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(draws, (list) => {
        let state = freeze(initialState(testConfig));
        const watch = new Watch();
        let at = 0;
        let earMs: Position | null = null;
        for (const [i, draw] of list.entries()) {
          at += draw.delayMs;
          const fact: Fact = i === 0 ? { type: 'line.started' } : toFact(state, draw);
          const first = state.mouth[0]?.id;
          earMs = first === undefined ? null : { utt: first, ms: draw.earMs };
          const newest = state.mouth.find((u) => u.totalMs === null)?.id;
          const event: Event = {
            ...fact,
            at,
            ear: earMs,
            got: newest === undefined ? null : { utt: newest, ms: draw.gotMs },
          };
          watch.over(fact);
          const stepped = step(state, freeze(event));
          state = freeze(stepped.state);
          watch.check(state, event, stepped.effects);
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it('always ends: whatever happened, deadlines alone lead to a hang-up', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(draws, (list) => {
        let state = initialState(testConfig);
        let at = 0;
        const run = (fact: Fact) => {
          state = step(state, { ...fact, at, ear: null, got: null }).state;
        };
        run({ type: 'line.started' });
        for (const draw of list) {
          at += draw.delayMs;
          run(toFact(state, draw));
        }
        for (let i = 0; i < 200 && state.call.phase !== 'ended'; i++) {
          at = Math.max(at, nextDeadline(state));
          run({ type: 'wake' });
        }
        expect(state.call.phase).toBe('ended');
      }),
      { numRuns: 10_000 },
    );
  });
});
