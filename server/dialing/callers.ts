import { sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { type AgeFacts, type AgeRow, ageColumns, ageOf } from './age.ts';
import type { DialSettings } from './house-settings.ts';
import type { DialPolicy } from './policy.ts';

/** Somebody who calls us, as far as their number says. */
export interface KnownCaller {
  userId: string;
  displayName: string;
  /** With whom they talked last, or who talks with newcomers. */
  persona: string;
  suppressed: boolean;
  trustsAttestation: boolean;
  /** With that persona. */
  age: AgeFacts;
  /** A payer's yes to calls with them, under which another may be made now. */
  mandateId: string | null;
  /** They have been asked to approve a call, and have not answered. */
  hasOpenOffer: boolean;
}

export interface CallerFacts {
  policy: DialPolicy;
  paused: boolean;
  /** Null for a number that nobody knows. */
  known: KnownCaller | null;
  inboundUnderWay: number;
  /** In either direction, over all instances. */
  underWay: number;
  fromNumberLastHour: number;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'look at a caller' };

interface Row extends Record<string, unknown>, AgeRow {
  userId: string | null;
  displayName: string;
  persona: string;
  suppressed: boolean;
  trustsAttestation: boolean | null;
  mandateId: string | null;
  hasOpenOffer: boolean;
  inboundUnderWay: number;
  underWay: number;
  fromNumberLastHour: number;
}

/** One look at the database: who calls, and how many do. */
export function factsOfCaller(db: Database, settings: DialSettings, from: string): Promise<CallerFacts> {
  return db.as(SYSTEM, async (tx) => {
    const { value: policy } = await settings.policyIn(tx);
    const { value: pause } = await settings.pauseIn(tx);
    const row = await look(tx, from, policy.onboardingPersona);
    const { userId, displayName, persona, suppressed, mandateId, hasOpenOffer } = row;
    const known =
      userId === null
        ? null
        : {
            userId,
            displayName,
            persona,
            suppressed,
            trustsAttestation: row.trustsAttestation === true,
            age: ageOf(row),
            mandateId,
            hasOpenOffer,
          };
    const { inboundUnderWay, underWay, fromNumberLastHour } = row;
    return { policy, paused: pause.house, known, inboundUnderWay, underWay, fromNumberLastHour };
  });
}

async function look(tx: Transaction, from: string, newcomersPersona: string): Promise<Row> {
  const [row] = await tx.execute<Row>(sql`
    with caller as (
      select u.id, u.display_name, p.trusts_attestation from users u
      left join call_preferences p on p.user_id = u.id where u.phone_number = ${from}
    ), speaker as (
      select coalesce((select c.persona from calls c where c.user_id = (select id from caller)
        order by c.created_at desc limit 1), ${newcomersPersona}) as slug
    )
    select (select id from caller) as "userId", (select display_name from caller) as "displayName",
      (select trusts_attestation from caller) as "trustsAttestation",
      (select slug from speaker) as persona,
      ${ageColumns(from, sql`(select slug from speaker)`)},
      exists (select from suppressions where phone_number = ${from} and lifted_at is null) as suppressed,
      (select m.id from mandates m join payers p on p.id = m.payer_id
        where m.user_id = (select id from caller) and m.state = 'approved' and m.valid_until > now()
          and p.payment_method_id is not null and p.blocked_at is null
        order by m.per_call_cents desc limit 1) as "mandateId",
      exists (select from approvals a where a.user_id = (select id from caller) and a.state = 'offered'
        and a.valid_until > now()) as "hasOpenOffer",
      (select count(*)::int from calls where direction = 'inbound'
        and state in ('dialing', 'ringing', 'live')) as "inboundUnderWay",
      (select count(*)::int from calls where state in ('dialing', 'ringing', 'live')) as "underWay",
      (select count(*)::int from calls where direction = 'inbound' and from_number = ${from}
        and created_at > now() - interval '1 hour') as "fromNumberLastHour"`);
  if (row === undefined) throw new Error('the database returned no facts about a caller');
  return row;
}
