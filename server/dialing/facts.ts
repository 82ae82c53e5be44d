import { sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { type AgeRow, ageColumns, ageOf } from './age.ts';
import { type CallWindow, callWindowsSchema } from './call-windows.ts';
import { destinationOf } from './destination.ts';
import type { DialPolicy, Pause } from './policy.ts';
import type { DialFacts } from './rules.ts';

/** Which call it is about. */
export interface DialQuestion {
  to: string;
  persona: string;
  /** Null where the house pays, or the payer is not known yet. */
  payerId: string | null;
  /** Null before there is a row. */
  callId: string | null;
  /** A call that is planned ahead is judged by the hour at which it will be made. */
  dueAt?: Date;
}

export interface GateSettings {
  /** +1 555 counts as a number: where no real phone can ring. */
  pretend: boolean;
  /** The only numbers that may be rung; null for no such limit. */
  onlyNumbers: readonly string[] | null;
  /** As many calls as the vendors' plans allow at once; null for no such limit. */
  vendorCeiling: number | null;
}

interface Row extends Record<string, unknown>, AgeRow {
  now: string;
  suppressed: boolean;
  consented: boolean;
  proven: boolean;
  timeZone: string | null;
  windows: unknown;
  limit: number | null;
  lastDay: number;
  unansweredInARow: number;
  minutesSinceUnanswered: number | null;
  onTheLine: number;
  numbersOfPayer: number;
  payersOfNumber: number;
  newNumbers: number;
  isNewNumber: boolean;
  committedCents: number;
  callsUnderWay: number;
}

/** Everything that the rules look at, as it is in this transaction; times are the database's. */
export async function gatherFacts(
  tx: Transaction,
  question: DialQuestion,
  { denyPrefixes }: Pick<DialPolicy, 'denyPrefixes'>,
  pause: Pause,
  { pretend, onlyNumbers, vendorCeiling }: GateSettings,
): Promise<DialFacts> {
  const { to, payerId } = question;
  const [row] = await tx.execute<Row>(factsSql(question));
  if (row === undefined) throw new Error('the database returned no facts about a number');
  return {
    nowMs: Math.max(new Date(row.now).getTime(), question.dueAt?.getTime() ?? 0),
    destination: destinationOf(to, pretend),
    listed: onlyNumbers === null ? null : onlyNumbers.includes(to),
    denied: denyPrefixes.some((prefix) => to.startsWith(prefix)),
    suppressed: row.suppressed,
    paused: pausedPart(pause, question),
    consented: row.consented,
    proven: row.proven,
    age: ageOf(row),
    timeZone: row.timeZone,
    windows: row.windows === null ? null : (callWindowsSchema.parse(row.windows) as CallWindow[]),
    attempts: {
      limit: row.limit,
      lastDay: row.lastDay,
      unansweredInARow: row.unansweredInARow,
      minutesSinceUnanswered: row.minutesSinceUnanswered,
    },
    onTheLine: row.onTheLine,
    velocity: {
      numbersOfPayer: payerId === null ? null : row.numbersOfPayer,
      payersOfNumber: row.payersOfNumber,
      newNumbers: row.newNumbers,
      isNewNumber: row.isNewNumber,
      committedCents: row.committedCents,
      callsUnderWay: row.callsUnderWay,
      vendorCeiling,
    },
  };
}

function pausedPart(pause: Pause, { persona, payerId }: DialQuestion): DialFacts['paused'] {
  if (pause.house) return 'house';
  if (pause.personas.includes(persona)) return 'persona';
  return payerId !== null && pause.payers.includes(payerId) ? 'payer' : null;
}

const UNANSWERED = sql`outcome in ('busy', 'no-answer')`;

function factsSql({ to, persona, payerId, callId }: DialQuestion) {
  return sql`
    with intents as (
      select i.created_at, i.ended_at, i.outcome, i.state from dial_intents i where i.to_number = ${to}
    ), last_attempt as (
      select ended_at, ${UNANSWERED} as unanswered from intents where state <> 'refused'
      order by created_at desc limit 1
    ), under_way as (
      select id, to_number, from_number from calls where state in ('dialing', 'ringing', 'live')
    ), paid as (
      select a.payer_id, c.to_number from approvals a join calls c on c.id = a.call_id
      where a.created_at > now() - interval '1 day' and c.id is distinct from ${callId}::uuid
        and (a.payer_id = ${payerId}::uuid or c.to_number = ${to})
    )
    select now() as now,
      exists (select from suppressions where phone_number = ${to} and lifted_at is null) as suppressed,
      exists (select from consents where phone_number = ${to} and kind = 'calls' and withdrawn_at is null)
        as consented,
      exists (select from number_proofs where phone_number = ${to}) as proven,
      ${ageColumns(to, sql`${persona}`)},
      (select time_zone from users where phone_number = ${to} and zone_stated) as "timeZone",
      (select windows from call_preferences p join users u on u.id = p.user_id where u.phone_number = ${to})
        as windows,
      (select attempts_per_day from call_preferences p join users u on u.id = p.user_id
        where u.phone_number = ${to}) as "limit",
      (select count(*)::int from intents where created_at > now() - interval '1 day' and state <> 'refused')
        as "lastDay",
      (select count(*)::int from intents where ${UNANSWERED} and created_at > greatest(
        (select max(created_at) from intents where outcome = 'completed'),
        (select max(answered_at) from calls where from_number = ${to} and direction = 'inbound'), '-infinity'))
        as "unansweredInARow",
      (select (extract(epoch from now() - ended_at) / 60)::float from last_attempt where unanswered)
        as "minutesSinceUnanswered",
      (select count(*)::int from under_way where ${to} in (to_number, from_number) and id is distinct from ${callId}::uuid)
        as "onTheLine",
      (select count(distinct to_number)::int from paid
        where payer_id = ${payerId}::uuid and to_number <> ${to}) as "numbersOfPayer",
      (select count(distinct payer_id)::int from paid
        where to_number = ${to} and payer_id is distinct from ${payerId}::uuid) as "payersOfNumber",
      (select count(distinct i.to_number)::int from dial_intents i
        where i.created_at > now() - interval '1 hour' and not exists (
          select from dial_intents e where e.to_number = i.to_number
            and e.created_at <= now() - interval '1 hour')) as "newNumbers",
      not exists (select from intents) as "isNewNumber",
      (select coalesce(sum(c.cap_cents), 0)::int from calls c where c.id in (
        select i.call_id from dial_intents i where i.created_at > now() - interval '1 hour'))
        as "committedCents",
      (select count(*)::int from under_way) as "callsUnderWay"`;
}
