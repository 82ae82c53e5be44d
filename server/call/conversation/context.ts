import type { State } from './state.ts';
import type { Effect, Entry, Event, Position } from './types.ts';

/**
 * One step in progress. `s` is replaced, never written into; `fx` collects effects in order.
 * The regions' functions work on this, so that the outside sees a pure function and the inside
 * does not have to thread pairs of values.
 */
export interface Step {
  s: State;
  readonly at: number;
  readonly ear: Position | null;
  readonly got: Position | null;
  readonly fx: Effect[];
}

export function beginStep(state: State, event: Event): Step {
  return { s: state, at: event.at, ear: event.ear, got: event.got, fx: [] };
}

export function set(cx: Step, change: Partial<State>): void {
  cx.s = { ...cx.s, ...change };
}

export function mintId(cx: Step): number {
  const id = cx.s.nextId;
  set(cx, { nextId: id + 1 });
  return id;
}

/** Adds a line to the history that the model sees, and to the transcript. */
export function record(cx: Step, entry: Entry): void {
  set(cx, { history: [...cx.s.history, entry] });
  cx.fx.push({ type: 'record', entry });
}

/** Records something the model must not see, such as an apology for a fault. */
export function recordOffRecord(cx: Step, entry: Entry): void {
  cx.fx.push({ type: 'record', entry });
}

export function isClosing(state: State): boolean {
  const { phase } = state.call;
  return phase === 'closing' || phase === 'goodbye' || phase === 'hangingUp' || phase === 'ended';
}
