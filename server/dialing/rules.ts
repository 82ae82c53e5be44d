import { type AgeFacts, isBarredMinor } from './age.ts';
import type { CallWindow } from './call-windows.ts';
import { isCallingTime } from './calling-hours.ts';
import type { Destination } from './destination.ts';
import type { DialPolicy } from './policy.ts';

/** Everything by which it is decided whether a number may be rung; kept with the decision. */
export interface DialFacts {
  nowMs: number;
  destination: Destination;
  /** Whether the list of numbers of a process on pretended money has it; null where there is no such list. */
  listed: boolean | null;
  /** It begins with one of the house's denied prefixes. */
  denied: boolean;
  suppressed: boolean;
  /** Null when nothing stands still that this call needs. */
  paused: 'house' | 'persona' | 'payer' | null;
  consented: boolean;
  proven: boolean;
  age: AgeFacts;
  /** Null when nobody has told it. */
  timeZone: string | null;
  windows: readonly CallWindow[] | null;
  attempts: {
    /** The callee's own limit, where they set one. */
    limit: number | null;
    lastDay: number;
    unansweredInARow: number;
    /** Null when the last one was answered, or there was none. */
    minutesSinceUnanswered: number | null;
  };
  /** Other calls with this number that are under way. */
  onTheLine: number;
  velocity: {
    /** Null where the house pays. */
    numbersOfPayer: number | null;
    payersOfNumber: number;
    newNumbers: number;
    isNewNumber: boolean;
    committedCents: number;
    callsUnderWay: number;
    /** As many calls as the vendors' plans allow at once; null for no such limit. */
    vendorCeiling: number | null;
  };
}

/**
 * When it is asked: before a payer is (nothing of today matters yet), before their money is held, and before the
 * number is rung.
 */
export type DialStage = 'ask' | 'hold' | 'dial';

export interface Refusal {
  rule: string;
  message: string;
  remedy: string;
}

interface Rule {
  rule: string;
  /** From when on it is asked: what can change until the call is made is asked late, room for it in the last moment. */
  from: DialStage;
  refuses(facts: DialFacts, policy: DialPolicy): boolean;
  message: string;
  remedy: string;
}

const ALWAYS = 'ask';
const ONLY_NOW = 'hold';
const WHEN_RUNG = 'dial';
const STAGES: readonly DialStage[] = ['ask', 'hold', 'dial'];

function rule(
  name: string,
  from: DialStage,
  refuses: Rule['refuses'],
  message: string,
  remedy: string,
): Rule {
  return { rule: name, from, refuses, message, remedy };
}

/** In this order: what the callee said stands before what the house allows. */
const RULES: readonly Rule[] = [
  rule(
    'number_suppressed',
    ALWAYS,
    ({ suppressed }) => suppressed,
    'Whoever answers this number wants no calls.',
    'They can change that themselves: with POST /api/user/calls-welcome, or with START where they wrote STOP.',
  ),
  rule(
    'number_not_allowed',
    ALWAYS,
    ({ listed }) => listed === false,
    'This process runs on pretended money and may not ring this number.',
    'Add the number to SANDBOX_MONEY_NUMBERS, or configure Stripe.',
  ),
  rule(
    'number_invalid',
    ALWAYS,
    ({ destination }) => !destination.valid,
    'No phone has this number.',
    'Check the digits; write it with its country, such as +12125550123.',
  ),
  rule(
    'number_special',
    ALWAYS,
    ({ destination }) => destination.kind !== 'ordinary',
    'This is no ordinary line: premium, toll-free, a service or unknown.',
    'Give the number of a person’s own phone.',
  ),
  rule(
    'number_denied',
    ALWAYS,
    ({ denied }) => denied,
    'Numbers that begin like this one are not called.',
    'An admin can change denyPrefixes under /api/settings/dialing.',
  ),
  rule(
    'country_not_allowed',
    ALWAYS,
    ({ destination }, { countries }) => !countries.includes(destination.country ?? ''),
    'This country is not called.',
    'An admin can add it under /api/settings/dialing; Twilio’s geo permissions must have it, too.',
  ),
  rule(
    'paused',
    ALWAYS,
    ({ paused }) => paused !== null,
    'Calls like this one are paused.',
    'An admin can go on under /api/settings/pause.',
  ),
  rule(
    'consent_missing',
    ALWAYS,
    ({ consented }) => !consented,
    'Nobody at this number has agreed to be called.',
    'Have them asked with POST /api/consents/ask, or attest it with POST /api/consents if you have it in writing.',
  ),
  rule(
    'number_unproven',
    ALWAYS,
    ({ proven }, { needsProof }) => needsProof && !proven,
    'Nobody has shown yet that this number is theirs.',
    'They sign in with a code, or answer YES to POST /api/consents/ask.',
  ),
  rule(
    'age_unknown',
    ALWAYS,
    ({ age }, { needsAge }) => needsAge && age.band === null,
    'Nobody has told whether this person is of age.',
    'Their YES to POST /api/consents/ask says so; or send ageBand with the call, or set it with PATCH /api/user/profile.',
  ),
  rule(
    'minor',
    ALWAYS,
    ({ age }, policy) => isBarredMinor(age, policy),
    'This person is not of age, and is not called by this persona, or without a parent’s consent.',
    'An admin can allow calls to minors (callsMinors under /api/settings/dialing); each needs a consent of kind guardian and a persona that is not for adults only.',
  ),
  rule(
    'zone_unknown',
    ONLY_NOW,
    ({ timeZone }, { needsZone }) => needsZone && timeZone === null,
    'Nobody has told the time zone of this person, so that it may be night there.',
    'Set it with PATCH /api/user/profile, or send timeZone with the call.',
  ),
  rule(
    'quiet_hours',
    ONLY_NOW,
    ({ timeZone, nowMs, windows }, policy) =>
      timeZone !== null && !isCallingTime(nowMs, timeZone, windows, policy),
    'It is not a time at which this person is called.',
    'Schedule the call, or have them widen their hours under /api/user/call-preferences.',
  ),
  rule(
    'on_the_line',
    ONLY_NOW,
    ({ onTheLine }, { callsPerNumberAtOnce }) => onTheLine >= callsPerNumberAtOnce,
    'A call with this number is under way.',
    'Wait until it is over.',
  ),
  rule(
    'too_many_attempts',
    ONLY_NOW,
    ({ attempts }, { attemptsPerDay }) =>
      attempts.lastDay >= Math.min(attemptsPerDay, attempts.limit ?? attemptsPerDay),
    'This number was rung as often as it may be within a day.',
    'Wait until tomorrow.',
  ),
  rule(
    'too_soon',
    ONLY_NOW,
    ({ attempts }, { minutesAfterUnanswered }) =>
      attempts.minutesSinceUnanswered !== null && attempts.minutesSinceUnanswered < minutesAfterUnanswered,
    'Nobody picked up a moment ago.',
    'Wait some minutes, or have the call retried by itself (retries).',
  ),
  rule(
    'never_answers',
    ONLY_NOW,
    ({ attempts }, { unansweredInARow }) => attempts.unansweredInARow >= unansweredInARow,
    'Nobody has picked up for many calls in a row.',
    'Ask the person another way; a call from them opens this again.',
  ),
  rule(
    'payer_calls_too_many',
    ONLY_NOW,
    ({ velocity }, { numbersPerPayerPerDay }) => (velocity.numbersOfPayer ?? 0) >= numbersPerPayerPerDay,
    'This payer has had many different numbers called today.',
    'Wait until tomorrow, or have an admin raise the limit.',
  ),
  rule(
    'number_has_many_payers',
    ONLY_NOW,
    ({ velocity }, { payersPerNumberPerDay }) => velocity.payersOfNumber >= payersPerNumberPerDay,
    'Many different payers have had this number called today.',
    'Wait until tomorrow, or have an admin raise the limit.',
  ),
  rule(
    'too_many_new_numbers',
    ONLY_NOW,
    ({ velocity }, { newNumbersPerHour }) => velocity.isNewNumber && velocity.newNumbers >= newNumbersPerHour,
    'The house has called as many new numbers as it may within an hour.',
    'Wait an hour, or have an admin raise the limit.',
  ),
  rule(
    'house_spends_too_fast',
    ONLY_NOW,
    ({ velocity }, { committedCentsPerHour }) => velocity.committedCents >= committedCentsPerHour,
    'The calls of the last hour may already cost as much as the house allows.',
    'Wait an hour, or have an admin raise the limit.',
  ),
  rule(
    'vendors_full',
    WHEN_RUNG,
    ({ velocity }) => velocity.callsUnderWay >= (velocity.vendorCeiling ?? Number.POSITIVE_INFINITY),
    'As many calls are under way as the vendors’ plans allow at once.',
    'Try again in a minute, or get a larger plan and raise DEEPGRAM_MAX_STREAMS and CARTESIA_MAX_CONTEXTS.',
  ),
  rule(
    'too_many_calls',
    WHEN_RUNG,
    ({ velocity }, { callsAtOnce }) => velocity.callsUnderWay >= callsAtOnce,
    'As many calls are under way as the house makes at once.',
    'Try again in a minute.',
  ),
];

/** The names of all rules, for those who list them. */
export const DIAL_RULES = RULES.map(({ rule: name }) => name);

/** Those that refuse where somebody may be stealing calls: a person has to look. */
export const VELOCITY_RULES: readonly string[] = [
  'payer_calls_too_many',
  'number_has_many_payers',
  'too_many_new_numbers',
  'house_spends_too_fast',
];

/** There is no room for the call at present: it waits for some. */
export const ROOM_RULES: ReadonlySet<string> = new Set(['too_many_calls', 'vendors_full']);

/** Those that may be over in a minute: what is not urgent waits, and asks again. */
export const PASSING_RULES: ReadonlySet<string> = new Set(['on_the_line', 'too_soon', ...ROOM_RULES]);

/** Whether a number may be rung. Pure: the same facts and policy give the same answer. @returns null when it may. */
export function judgeDial(facts: DialFacts, policy: DialPolicy, stage: DialStage): Refusal | null {
  const refusing = RULES.find(
    ({ from, refuses }) => STAGES.indexOf(from) <= STAGES.indexOf(stage) && refuses(facts, policy),
  );
  if (refusing === undefined) return null;
  const { rule: name, message, remedy } = refusing;
  return { rule: name, message, remedy };
}
