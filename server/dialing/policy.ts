import { z } from 'zod';

/** Every figure by which it is decided whether a number may be rung. An admin changes them under /api/settings/dialing. */

const count = (most: number) => z.number().int().min(0).max(most);
const hour = z.number().min(0).max(24);

export const dialPolicySchema = z.strictObject({
  /** ISO countries that may be called. +1 is many countries: most of the Caribbean is not the United States. */
  countries: z.array(z.string().regex(/^[A-Z]{2}$/, 'a country such as US')).max(250),
  /** Beginnings of numbers that are never called. */
  denyPrefixes: z.array(z.string().regex(/^\+\d{1,14}$/, 'a beginning such as +1900')).max(500),
  /** Nobody is called outside of these hours of their own day, whatever they say. */
  outerHours: z.strictObject({ from: hour, to: hour }),
  /** When somebody is called who has not said when. */
  defaultHours: z.strictObject({ from: hour, to: hour }),
  /** Whether somebody may be called whose time zone nobody has told. */
  needsZone: z.boolean(),
  /** Whether a number has to be proven before its first call: by a code, or by a text that came from it. */
  needsProof: z.boolean(),
  /** Whether somebody may be called of whom nobody has told that they are of age. */
  needsAge: z.boolean(),
  /** Whether minors may be called at all: with a parent's consent, and by no persona for adults. */
  callsMinors: z.boolean(),
  /** Whether an admin's call is itself their word that the callee agreed. */
  adminCallAttests: z.boolean(),
  /** How often a number is rung within 24 hours. */
  attemptsPerDay: count(1_000),
  /** After nobody picked up, how long until the next attempt. */
  minutesAfterUnanswered: count(1_440),
  /** After so many calls in a row that nobody picked up, the number is left alone. */
  unansweredInARow: count(1_000),
  /** Different numbers that a payer may have called within 24 hours. */
  numbersPerPayerPerDay: count(10_000),
  /** Different payers who may have one number called within 24 hours. */
  payersPerNumberPerDay: count(10_000),
  /** Numbers that the house calls for the first time, within an hour. */
  newNumbersPerHour: count(1_000_000),
  /** What all calls of the last hour may come to, by their caps. */
  committedCentsPerHour: count(1_000_000_000),
  /** Calls with one number at the same time. */
  callsPerNumberAtOnce: count(100),
  /** Calls under way at the same time. */
  callsAtOnce: count(1_000_000),
  /** Inbound: whether the house pays for callers whom it knows and for whom nobody else does. */
  paysKnownCallers: z.boolean(),
  /** Inbound: whether people whom nobody knows are answered, at the house's expense, and by which persona. */
  onboardsUnknownCallers: z.boolean(),
  onboardingPersona: z.string().min(1).max(40),
  /** Inbound calls under way at the same time, and from one number within an hour. */
  inboundAtOnce: count(100_000),
  inboundPerNumberPerHour: count(10_000),
  /** How many calls a second the carrier takes from this account. Twilio's own default is one. */
  callsPerSecond: z.number().min(0.1).max(1_000),
});

export type DialPolicy = z.infer<typeof dialPolicySchema>;

/**
 * Hours: the strictest states of the US take 8 to 20 or 9 to 20 o'clock, 8 to 21 is the federal rule (47 CFR 64.1200).
 * Countries, attempts and velocity are ours, to be opened as the house grows.
 */
const LIVE: DialPolicy = {
  countries: ['US', 'CA'],
  denyPrefixes: ['+1900', '+1976'],
  outerHours: { from: 8, to: 21 },
  defaultHours: { from: 9, to: 20 },
  needsZone: true,
  needsProof: true,
  needsAge: true,
  callsMinors: false,
  adminCallAttests: false,
  attemptsPerDay: 3,
  minutesAfterUnanswered: 5,
  unansweredInARow: 6,
  numbersPerPayerPerDay: 5,
  payersPerNumberPerDay: 3,
  newNumbersPerHour: 60,
  committedCentsPerHour: 50_000,
  callsPerNumberAtOnce: 1,
  callsAtOnce: 50,
  paysKnownCallers: false,
  onboardsUnknownCallers: false,
  onboardingPersona: 'brad',
  inboundAtOnce: 20,
  inboundPerNumberPerHour: 6,
  callsPerSecond: 1,
};

/** Where nobody's phone can ring, nobody is woken or defrauded: only what keeps a developer from trying things out is wider. */
const SANDBOX: DialPolicy = {
  ...LIVE,
  needsZone: false,
  needsProof: false,
  needsAge: false,
  adminCallAttests: true,
  attemptsPerDay: 1_000,
  minutesAfterUnanswered: 0,
  unansweredInARow: 1_000,
  numbersPerPayerPerDay: 10_000,
  payersPerNumberPerDay: 10_000,
  newNumbersPerHour: 1_000_000,
  committedCentsPerHour: 1_000_000_000,
  callsPerNumberAtOnce: 100,
  callsAtOnce: 10_000,
  inboundAtOnce: 10_000,
  inboundPerNumberPerHour: 1_000,
  callsPerSecond: 200,
};

/** The policy of a process in which nothing was set. */
export function defaultPolicy(live: boolean): DialPolicy {
  return live ? LIVE : SANDBOX;
}

/** What stands still at present. */
export const pauseSchema = z.strictObject({
  house: z.boolean(),
  personas: z.array(z.string().max(40)).max(1_000),
  payers: z.array(z.uuid()).max(10_000),
});

export type Pause = z.infer<typeof pauseSchema>;

export const NOTHING_PAUSED: Pause = { house: false, personas: [], payers: [] };
