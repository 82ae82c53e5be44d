import type { State } from './types.ts';

/** When the core wants to be woken, in milliseconds since the call began; infinite when it is not waiting. */
export function nextDeadline(state: State): number {
  return Math.min(...deadlines(state), Number.POSITIVE_INFINITY);
}

/** Every deadline sits in the variant that needs it, so leaving the variant cancels it. */
export function deadlines(state: State): number[] {
  const { call, caller, thought, mouth, freeSince, hearingLostAt, config } = state;
  const due: Array<number | null | undefined> = [
    call.phase === 'opening' ? call.speakAt : null,
    'forceAt' in call ? call.forceAt : null,
    caller.now === 'talking' ? caller.stuckAt : null,
    thought.now === 'asking' ? thought.answerBy : null,
    thought.now === 'tool' ? thought.giveUpAt : null,
    mouth.find((u) => u.stall !== null)?.stall?.at,
    mouth[0]?.drainAt,
    freeSince === null ? null : freeSince + config.tunables.repromptAfterMs,
    hearingLostAt,
  ];
  return due.filter((at) => at != null);
}
