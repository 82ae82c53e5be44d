import type { ConversationConfig } from '../../server/call/conversation/configuration.ts';
import { isCrisis } from '../../server/call/conversation/crisis.ts';
import { deadlines, nextDeadline } from '../../server/call/conversation/deadlines.ts';
import { modelView } from '../../server/call/conversation/history.ts';
import { asksForNoMoreCalls } from '../../server/call/conversation/opt-out.ts';
import { isScreener } from '../../server/call/conversation/screening.ts';
import type { State } from '../../server/call/conversation/state.ts';
import { initialState, step } from '../../server/call/conversation/step.ts';
import type { Effect, Entry, Event } from '../../server/call/conversation/types.ts';
import type { Coverage } from './coverage.ts';
import { RecordingWatch } from './recording-watch.ts';
import { Violation } from './violation.ts';

/** Watches one conversation step by step, by folding the same events itself. Knows nothing of the world. */
export class CoreWatch {
  state: State;
  ended = false;
  readonly #deep: boolean;
  readonly #coverage: Coverage | null;
  #started = false;
  #lastTurn = -1;
  /** Turns that were committed before speech-to-text had ended them: they may go on. */
  readonly #stuckTurns = new Set<number>();
  readonly #openRequests = new Set<number>();
  readonly #recorded = new Set<number>();
  readonly #toolsAsked = new Set<number>();
  readonly #recording: RecordingWatch;
  #optedOut = false;
  #freeAt: number | null = null;

  /** @param deep freeze every state, to see whether it is written to; costs as much as all the rest. */
  constructor(config: ConversationConfig, deep: boolean, coverage: Coverage | null) {
    this.state = initialState(config);
    this.#recording = new RecordingWatch(config);
    this.#deep = deep;
    this.#coverage = coverage;
    if (deep) freeze(this.state);
  }

  /** Folds one event, checks what must hold after every step, and returns the effects. */
  take(event: Event): readonly Effect[] {
    if (this.#deep) freeze(event);
    this.#coverage?.note(this.state, event);
    if (event.type === 'llm.done' || event.type === 'llm.failed') this.#openRequests.delete(event.req);
    const before = this.ended;
    const { state, effects } = step(this.state, event);
    this.state = this.#deep ? freeze(state) : state;
    if (before && effects.length > 0) throw new Violation('2', 'something happens after the end');
    if (event.type === 'line.started') this.#started = true;
    for (const effect of effects) this.#note(effect);
    this.#checkOptOut(event, effects);
    this.#checkTools(effects);
    this.#checkHouse(event, effects);
    this.#recording.check(this.state, event, effects);
    this.#check(event);
    return effects;
  }

  /** Whoever wants no more calls is heard once, at once, and the call ends. */
  #checkOptOut(event: Event, effects: readonly Effect[]): void {
    const told = effects.filter(({ type }) => type === 'callee.optedOut').length;
    if (told > (this.#optedOut ? 0 : 1)) throw new Violation('23', 'an opt-out is acted on twice');
    this.#optedOut ||= told > 0;
    const isAsked = event.type === 'stop.requested' && event.reason === 'asked-to-stop';
    if (isAsked && !this.ended && !this.#optedOut) throw new Violation('23', 'an opt-out is not acted on');
    const { phase } = this.state.call;
    if (this.#optedOut && (phase === 'opening' || phase === 'talking'))
      throw new Violation('23', 'the talk goes on after an opt-out');
    for (const effect of effects) {
      if (effect.type !== 'record' || effect.entry.kind !== 'caller' || this.#optedOut) continue;
      if (asksForNoMoreCalls(effect.entry.text))
        throw new Violation('23', 'an opt-out was heard and passed over');
    }
  }

  /** A machine is not talked to; a call screener is answered by no model; that an AI speaks is said again in time. */
  #checkHouse(event: Event, effects: readonly Effect[]): void {
    const { phase } = this.state.call;
    const talks = phase === 'opening' || phase === 'talking';
    if (event.type === 'machine.answered' && talks)
      throw new Violation('24', 'the talk with a machine goes on');
    const { disclosure } = this.state;
    if (talks && this.#freeAt !== null && disclosure.now === 'due' && this.#freeAt < event.at)
      throw new Violation('25', 'nobody was speaking, and it was not said that an AI is');
    this.#freeAt = this.state.freeSince === null ? null : event.at;
    for (const effect of effects) {
      if (effect.type !== 'llm.start' || effect.draftOf !== null) continue;
      const last = effect.history.at(-1);
      if (last?.kind === 'caller' && isScreener(last.text) && !isCrisis(last.text))
        throw new Violation('26', 'a call screener was answered by the model');
    }
  }

  #check(event: Event): void {
    const { state } = this;
    if (this.ended) {
      if (deadlines(state).length > 0) throw new Violation('2', 'a deadline after the end');
      return;
    }
    const next = nextDeadline(state);
    if (this.#started && !Number.isFinite(next)) throw new Violation('3', 'a live call without a deadline');
    if (event.type === 'wake' && next <= event.at)
      throw new Violation('4', `a wake at ${event.at} does not move ${next}`);
    if (this.#openRequests.size > 1) throw new Violation('7', 'two requests to the model at once');
    if (state.barge.now === 'held' && state.mouth[0]?.id !== state.barge.utt)
      throw new Violation('8', 'what is held is not first in the mouth');
    for (const u of state.mouth) {
      if (u.open && !(state.thought.now === 'asking' && state.thought.utt === u.id))
        throw new Violation('6', `utterance ${u.id} is open and nobody is thinking it`);
    }
  }

  #note(effect: Effect): void {
    switch (effect.type) {
      case 'end':
        if (this.ended) throw new Violation('2', 'a second end');
        this.ended = true;
        return;
      case 'llm.start':
        this.#openRequests.add(effect.req);
        checkTools(effect.history);
        return;
      case 'llm.cancel':
        this.#openRequests.delete(effect.req);
        return;
      case 'tool.run':
        if (this.#toolsAsked.has(effect.call)) throw new Violation('7', 'a tool runs twice');
        this.#toolsAsked.add(effect.call);
        return;
      case 'record':
        this.#noteEntry(effect.entry);
        return;
      default:
    }
  }

  /** A tool that was started is waited for, unless the same step called it off. */
  #checkTools(effects: readonly Effect[]): void {
    const { thought } = this.state;
    for (const effect of effects) {
      if (effect.type !== 'tool.run' || (thought.now === 'tool' && thought.call === effect.call)) continue;
      if (!effects.some((other) => other.type === 'tool.cancel' && other.call === effect.call))
        throw new Violation('7', 'a tool runs that nobody waits for');
    }
  }

  #noteEntry(entry: Entry): void {
    if (entry.kind === 'persona') {
      if (this.#recorded.has(entry.utt)) throw new Violation('5', `utterance ${entry.utt} is recorded twice`);
      this.#recorded.add(entry.utt);
    }
    if (entry.kind === 'caller') {
      const { turn, text } = entry;
      const { stuck } = this.state;
      if (stuck !== null) this.#stuckTurns.add(stuck.turn);
      if (turn <= this.#lastTurn && !(turn === this.#lastTurn && this.#stuckTurns.has(turn)))
        throw new Violation('5', `turn ${turn} ("${text}") comes after turn ${this.#lastTurn}`);
      this.#lastTurn = turn;
    }
  }
}

function checkTools(history: readonly Entry[]): void {
  const messages = modelView(history);
  const asked = messages.flatMap((m) =>
    m.role === 'assistant' && m.content === null ? [m.toolCall.id] : [],
  );
  const answered = messages.flatMap((m) => (m.role === 'tool' ? [m.toolCallId] : []));
  if (asked.join() !== answered.join())
    throw new Violation('8', `tools asked ${asked}, answered ${answered}`);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}
