import { sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { callsOf, type Period, type Row } from './analytics.ts';

/** Each call of a period with what it cost, for a spreadsheet. */

const COLUMNS = [
  'call_id',
  'began_at',
  'user',
  'persona',
  'direction',
  'end_reason',
  'talked_seconds',
  'subtotal_cents',
  'card_fee_cents',
  'total_cents',
] as const;
/** What the payer does not see: what the vendors charge, and what was taken. */
const HOUSE_COLUMNS = ['vendor_micro_cents', 'captured_cents', 'refunded_cents'] as const;
/** More than a spreadsheet can hold. */
const MOST_CALLS = 1_000_000;

export interface CallCosts {
  columns: readonly string[];
  rows: readonly Row[];
}

/** Oldest first; users see their own calls, without what is the house's. */
export async function callCosts(db: Database, actor: Actor, period: Period): Promise<CallCosts> {
  const isForHouse = actor.kind !== 'user';
  const rows = await db.as(actor, (tx) =>
    tx.execute<Row>(sql`
      select c.id as call_id, to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as began_at,
        u.display_name as "user", c.persona, c.direction, c.end_reason,
        round(extract(epoch from c.ended_at - c.answered_at)) as talked_seconds,
        b.subtotal_cents, b.stripe_fee_cents as card_fee_cents, b.total_cost_cents as total_cents
        ${isForHouse ? HOUSE : sql``}
      from calls c join users u on u.id = c.user_id left join call_cost_breakdowns b on b.call_id = c.id
      where ${callsOf(period)} and c.state = 'ended' order by c.created_at, c.id limit ${MOST_CALLS}`),
  );
  return { columns: isForHouse ? [...COLUMNS, ...HOUSE_COLUMNS] : COLUMNS, rows };
}

const HOUSE = sql`,
  (select sum(e.vendor_micro_cents) from call_cost_events e where e.call_id = c.id) as vendor_micro_cents,
  (select s.captured_cents from settlements s where s.call_id = c.id) as captured_cents,
  (select s.refunded_cents from settlements s where s.call_id = c.id) as refunded_cents`;
