import { sql } from 'drizzle-orm';
import type { Database } from '../../db/connection.ts';
import type { StripeLedger } from '../../server/sandbox/stripe/ledger.ts';
import { billOfCall, dueCents } from './bills.ts';

const SYSTEM = { kind: 'system', purpose: 'compare books' } as const;

interface Row extends Record<string, unknown> {
  id: string;
  state: string;
  answered: boolean;
  settlement: string | null;
  total: number | null;
  captured: number | null;
  live: number;
  dialled: boolean;
  holds: string | null;
  endReason: string | null;
  mandated: boolean;
}

function readBooks(db: Database): Promise<Row[]> {
  return db.as(SYSTEM, async (tx) => [
    ...(await tx.execute<Row>(sql`
      select c.id, c.state, s.state as settlement, s.total_cents as total, s.captured_cents as captured, c.end_reason as "endReason",
        c.end_reason in ('no-answer', 'persona-said-goodbye') as dialled,
        (select count(*)::int from holds h where h.call_id = c.id and h.live) as live,
        (select string_agg(h.attempt || ' ' || h.state || ' ' || coalesce(h.payment_intent_id, 'no intent'), ', ')
          from holds h where h.call_id = c.id) as holds,
        exists (select 1 from approvals a where a.call_id = c.id and a.mandate_id is not null) as mandated
      from calls c left join settlements s on s.call_id = c.id`)),
  ]);
}

/** Every call is over, no hold is alive, nothing waits at Stripe. */
export async function isAtRest(db: Database, ledger: StripeLedger): Promise<boolean> {
  const rows = await readBooks(db);
  const open = [...ledger.intents.values()].some(({ status }) => status === 'requires_capture');
  return (
    !open &&
    rows.every(({ state, settlement, live }) => state === 'ended' && live === 0 && settlement !== 'settling')
  );
}

/** Holds our books against Stripe's. What was captured is Stripe's word. */
export async function compareBooks(
  db: Database,
  ledger: StripeLedger,
): Promise<{ lines: string[]; problems: string[] }> {
  const rows = await readBooks(db);
  const problems: string[] = [];
  const intents = [...ledger.intents.values()];
  let stripeCents = 0;
  let ourCents = 0;
  let twice = 0;
  for (const row of rows) {
    const own = intents.filter(({ metadata }) => metadata.call_id === row.id);
    const taken = own.filter(({ status }) => status === 'succeeded');
    const paid = taken.reduce((sum, { amount_received: cents }) => sum + cents, 0);
    const due = row.dialled ? dueCents(billOfCall(row.id)) : 0;
    stripeCents += paid;
    ourCents += row.captured ?? 0;
    if (taken.length > 1) twice += 1;
    if (paid !== due)
      problems.push(
        `call ${row.id}: ${due} cents were due, Stripe took ${paid} (${row.endReason}, settlement ${row.settlement}, holds ${row.holds}, intents ${own.map(({ status }) => status).join(' ')})`,
      );
    if (paid !== (row.captured ?? 0))
      problems.push(`call ${row.id}: Stripe took ${paid}, we booked ${row.captured}`);
    if (row.live > 0 || row.state !== 'ended')
      problems.push(
        `call ${row.id}: is ${row.state}${row.mandated ? ' under a mandate' : ''}; settlement ${row.settlement}; holds ${row.holds}`,
      );
  }
  const openHolds = intents.filter(({ status }) => status === 'requires_capture').length;
  if (openHolds > 0) problems.push(`${openHolds} holds are open at Stripe`);
  if (twice > 0) problems.push(`${twice} calls were charged twice`);
  if (ledger.refunds.size > 0) problems.push(`${ledger.refunds.size} refunds that nobody asked for`);
  const dialled = rows.filter((row) => row.dialled).length;
  return {
    lines: [
      `  calls made ${dialled} of ${rows.length}; captured ${intents.filter(({ status }) => status === 'succeeded').length}, released ${intents.filter(({ status }) => status === 'canceled').length}`,
      `  charged twice ${twice}; holds left open ${openHolds}`,
      `  Stripe's record ${stripeCents} cents, our books ${ourCents} cents, difference ${stripeCents - ourCents}`,
    ],
    problems,
  };
}
