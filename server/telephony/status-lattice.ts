import type { CallState } from '../call/store.ts';

/** Twilio's call states and ours. Callbacks come late, twice and in any order, so a state only ever moves forward. */
const STATES: Readonly<Record<string, { state: Exclude<CallState, 'planned'>; rank: number }>> = {
  queued: { state: 'dialing', rank: 0 },
  initiated: { state: 'dialing', rank: 1 },
  ringing: { state: 'ringing', rank: 2 },
  'in-progress': { state: 'live', rank: 3 },
  completed: { state: 'ended', rank: 4 },
  busy: { state: 'ended', rank: 4 },
  'no-answer': { state: 'ended', rank: 4 },
  canceled: { state: 'ended', rank: 4 },
  failed: { state: 'ended', rank: 4 },
};

const RANKS: Readonly<Record<CallState, number>> = { planned: -1, dialing: 1, ringing: 2, live: 3, ended: 4 };

export interface CarrierState {
  state: Exclude<CallState, 'planned'>;
  /** False when the call is already at or past this state. */
  advances: boolean;
}

/** What a status callback means for a call in state `current`; undefined for a status Twilio does not document. */
export function readStatus(status: string, current: CallState): CarrierState | undefined {
  const known = STATES[status];
  return known === undefined ? undefined : { state: known.state, advances: known.rank > RANKS[current] };
}
