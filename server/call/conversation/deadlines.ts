import type { State } from './state.ts';

/** When the core wants to be woken, in milliseconds since the call began; infinite when it is not waiting. */
export function nextDeadline(state: State): number {
  return Math.min(...deadlines(state), Number.POSITIVE_INFINITY);
}

/** Every deadline sits in the variant that needs it, so leaving the variant cancels it. */
export function deadlines(state: State): number[] {
  const { call, caller, barge, thought, mouth, freeSince, hearingLostAt, disclosure } = state;
  const due: Array<number | null | undefined> = [
    call.phase === 'opening' ? call.speakAt : null,
    'forceAt' in call ? call.forceAt : null,
    caller.now === 'talking' ? caller.stuckAt : null,
    caller.now === 'pausing' ? caller.commitAt : null,
    barge.now === 'noted' ? barge.holdAt : null,
    barge.now === 'held' ? barge.resumeAt : null,
    thought.now === 'asking' ? thought.answerBy : null,
    thought.now === 'tool' ? thought.fillerAt : null,
    thought.now === 'tool' ? thought.giveUpAt : null,
    mouth[0]?.drainAt,
    freeSince === null ? null : silenceEndsAt(state, freeSince),
    call.phase === 'talking' && disclosure.now === 'waiting' ? disclosure.at : null,
    hearingLostAt,
  ];
  for (const utterance of mouth) due.push(utterance.stall?.at, utterance.moreAt, utterance.soundBy);
  return due.filter((at) => at != null);
}

/** When a silence that began then has lasted too long: later, where patience was asked for. */
export function silenceEndsAt({ config, patientUntil }: State, freeSince: number): number {
  return Math.max(freeSince + config.tunables.repromptAfterMs, patientUntil);
}
