import { sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { FAILED_ENDS } from '../call/failed-ends.ts';
import type { Clock } from '../clock.ts';
import { VELOCITY_RULES } from '../dialing/rules.ts';
import { GONE_AFTER_SECONDS } from './tunables.ts';

/** How the house does, over all instances. */
export interface HouseFigures {
  /** Calls that are not over, by state; every state is there. */
  calls: Record<string, number>;
  vendorCents: number;
  capturedCents: number;
  cardFeeCents: number;
  marginCents: number;
  committedCents: number;
  answered: number;
  /** Null while nobody was answered. */
  completion: number | null;
  /** Of the calls that rang, how many were picked up: of the last day, and of the week before it. */
  pickUps: { rung: number; share: number | null; shareBefore: number | null };
  lateSettlements: number;
  jobsWaiting: number;
  openAlerts: number;
  instances: number;
  /** Vendors that an instance cannot use. */
  vendorsDown: string[];
  /** Refusals of the last hour by rules that watch for fraud. */
  velocityRules: string[];
  webhooksGivenUp: number;
}

interface Row extends Record<string, unknown> {
  calls: Record<string, number> | null;
  vendorMicroCents: string;
  capturedCents: number;
  cardFeeCents: number;
  committedCents: number;
  answered: number;
  completed: number;
  rung: number;
  pickedUp: number;
  rungBefore: number;
  pickedUpBefore: number;
  lateSettlements: number;
  jobsWaiting: number;
  openAlerts: number;
  instances: number;
  vendorsDown: string[];
  velocityRules: string[];
  webhooksGivenUp: number;
}

/** Fresh enough for a scrape every fifteen seconds, by however many. */
const FRESH_MS = 5_000;
const MICRO_CENTS_PER_CENT = 1_000_000n;
const NO_CALLS = { planned: 0, dialing: 0, ringing: 0, live: 0 };
const SYSTEM: Actor = { kind: 'system', purpose: 'figures of the house' };
/** Reads the figures, at most once in some seconds however many ask. */
export function houseFigures(db: Database, clock: Clock): () => Promise<HouseFigures> {
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<HouseFigures> | null = null;
  return () => {
    if (reading !== null && clock.nowMs() - readAt < FRESH_MS) return reading;
    readAt = clock.nowMs();
    reading = read(db).catch((error: unknown) => {
      reading = null;
      throw error;
    });
    return reading;
  };
}

async function read(db: Database): Promise<HouseFigures> {
  const [row] = await db.as(SYSTEM, (tx) => tx.execute<Row>(FIGURES));
  if (row === undefined) throw new Error('the database returned no figures');
  const { vendorMicroCents, completed, rung, pickedUp, rungBefore, pickedUpBefore, ...figures } = row;
  const vendorCents = Number(BigInt(vendorMicroCents) / MICRO_CENTS_PER_CENT);
  return {
    ...figures,
    calls: { ...NO_CALLS, ...row.calls },
    vendorCents,
    marginCents: row.capturedCents - row.cardFeeCents - vendorCents,
    completion: shareOf(completed, row.answered),
    pickUps: {
      rung,
      share: shareOf(pickedUp, rung),
      shareBefore: shareOf(pickedUpBefore, rungBefore),
    },
  };
}

function shareOf(part: number, all: number): number | null {
  return all === 0 ? null : part / all;
}

const list = (values: readonly string[]) => sql.raw(values.map((value) => `'${value}'`).join(', '));

const FIGURES = sql`
  with ended as (
    select end_reason from calls where ended_at > now() - interval '1 hour' and answered_at is not null
  ), settled as (
    select captured_cents, refunded_cents, stripe_fee_cents from settlements
    where settled_at > now() - interval '1 day'
  ), rung as (
    select outcome = 'completed' as picked_up, ended_at > now() - interval '1 day' as today from dial_intents
    where ended_at > now() - interval '8 days' and outcome in ('completed', 'busy', 'no-answer')
  ), there as (
    select vendors_down, draining_since from instances
    where seen_at > now() - make_interval(secs => ${sql.raw(String(GONE_AFTER_SECONDS))})
  )
  select
    (select json_object_agg(state, n) from (
      select state, count(*)::int as n from calls where state <> 'ended' group by state) by_state) as calls,
    ((select coalesce(sum(vendor_micro_cents), 0) from call_cost_events where at > now() - interval '1 day')
      + (select coalesce(sum(vendor_micro_cents), 0) from house_costs where at > now() - interval '1 day'))::bigint::text
      as "vendorMicroCents",
    (select coalesce(sum(captured_cents - refunded_cents), 0)::int from settled) as "capturedCents",
    (select coalesce(sum(stripe_fee_cents), 0)::int from settled) as "cardFeeCents",
    (select coalesce(sum(c.cap_cents), 0)::int from calls c where c.id in (
      select i.call_id from dial_intents i where i.created_at > now() - interval '1 hour')) as "committedCents",
    (select count(*)::int from ended) as answered,
    (select count(*)::int from ended where end_reason not in (${list(FAILED_ENDS)})) as completed,
    (select count(*)::int from rung where today) as rung,
    (select count(*)::int from rung where today and picked_up) as "pickedUp",
    (select count(*)::int from rung where not today) as "rungBefore",
    (select count(*)::int from rung where not today and picked_up) as "pickedUpBefore",
    (select count(*)::int from settlements where state = 'settling' and created_at < now() - interval '10 minutes')
      as "lateSettlements",
    (select count(*)::int from graphile_worker._private_jobs
      where locked_at is null and run_at <= now() and attempts < max_attempts) as "jobsWaiting",
    (select count(*)::int from alerts where cleared_at is null and at > now() - interval '1 day') as "openAlerts",
    (select count(*)::int from there where draining_since is null) as instances,
    (select coalesce(json_agg(distinct vendor), '[]') from there, unnest(vendors_down) vendor) as "vendorsDown",
    (select coalesce(json_agg(distinct rule), '[]') from dial_decisions
      where rule in (${list(VELOCITY_RULES)}) and at > now() - interval '1 hour') as "velocityRules",
    (select count(*)::int from webhook_deliveries where state = 'given-up' and ended_at > now() - interval '1 day')
      as "webhooksGivenUp"`;
