import { sql } from 'drizzle-orm';
import type { Database } from '../../db/connection.ts';
import { credentials, type SandboxInfo } from '../load/processes.ts';
import type { StripeBooks } from '../payer.ts';

const SYSTEM = { kind: 'system', purpose: 'chaos' } as const;

/** Nothing goes on any more: no call, no hold that may still take money, no settlement that is not done. */
export async function isAtRest(db: Database): Promise<boolean> {
  const [row] = await db.as(SYSTEM, (tx) =>
    tx.execute<{ open: number }>(sql`select
      (select count(*) from calls where state <> 'ended')
      + (select count(*) from holds where live)
      + (select count(*) from settlements where state = 'settling') as open`),
  );
  return Number(row?.open ?? 1) === 0;
}

interface Counts extends Record<string, unknown> {
  calls: number;
  answered: number;
  paid: number;
  captured: number;
  endedTwice: number;
  unbilled: number;
  unsettled: number;
  overCap: number;
  byReason: Record<string, number> | null;
}

/** Holds what we wrote down against what the carrier and Stripe have. @returns lines to print, and what is wrong. */
export async function audit(
  db: Database,
  sandbox: SandboxInfo,
): Promise<{ lines: string[]; problems: string[] }> {
  const [counts] = await db.as(SYSTEM, (tx) => tx.execute<Counts>(COUNTS));
  if (counts === undefined) throw new Error('the database returned no counts');
  const problems: string[] = [];
  const must = (what: string, bad: number) => {
    if (bad > 0) problems.push(`${what}: ${bad}`);
  };
  must('calls that ended twice, or were announced not once', counts.endedTwice);
  must('ended calls without a frozen bill', counts.unbilled);
  must('held calls without a settlement', counts.unsettled);
  must('captured above the hold', counts.overCap);

  for (const stuck of await stuckCalls(db)) problems.push(`not at rest: ${JSON.stringify(stuck)}`);

  const rung = await ringsByNumber(sandbox);
  must(
    'numbers that rang more often than calls were made to them',
    [...rung.values()].filter((times) => times > 1).length,
  );
  const { intents, charges } = (await (await fetch(`${sandbox.controlUrl}/stripe`)).json()) as StripeBooks;
  must('holds left open at Stripe', intents.filter(({ status }) => status === 'requires_capture').length);
  const taken = charges.reduce((sum, { amount_captured }) => sum + amount_captured, 0);
  if (taken !== counts.captured)
    problems.push(`Stripe took ${taken} cents, our books say ${counts.captured}`);
  const sockets = (await (await fetch(`${sandbox.controlUrl}/connections`)).json()) as Record<string, number>;
  for (const [vendor, open] of Object.entries(sockets)) must(`sockets left open at ${vendor}`, open);
  return {
    lines: [
      `calls ${counts.calls}, answered ${counts.answered}, paid for ${counts.paid}, captured ${counts.captured} cents`,
      `numbers that rang ${rung.size}`,
      `ends: ${Object.entries(counts.byReason ?? {})
        .sort(([, a], [, b]) => b - a)
        .map(([reason, times]) => `${reason} ${times}`)
        .join(', ')}`,
    ],
    problems,
  };
}

/** What is not at rest, with what its rows say, for whoever has to find out why. */
function stuckCalls(db: Database): Promise<object[]> {
  return db.as(SYSTEM, async (tx) => [
    ...(await tx.execute<Record<string, unknown>>(sql`
      select c.id, c.state, c.direction, c.funding, c.attempts, c.carrier_sid is not null as "hasSid", c.carrier_status,
        c.dial_after, c.heartbeat_at, c.created_at, h.state as hold, s.state as settlement, a.state as approval,
        a.valid_until
      from calls c left join holds h on h.call_id = c.id left join settlements s on s.call_id = c.id
      left join approvals a on a.call_id = c.id
      where c.state <> 'ended' or h.live or s.state = 'settling' limit 10`)),
  ]);
}

/** How often the carrier rang each number: every number belongs to one call that is tried once. */
async function ringsByNumber({ urls }: SandboxInfo): Promise<Map<string, number>> {
  const { accountSid, authToken } = credentials;
  const answer = await fetch(`${urls.twilio}/2010-04-01/Accounts/${accountSid}/Calls.json?PageSize=1000`, {
    headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
  });
  const { calls } = (await answer.json()) as { calls: Array<{ to: string }> };
  const rung = new Map<string, number>();
  for (const { to } of calls) rung.set(to, (rung.get(to) ?? 0) + 1);
  return rung;
}

const COUNTS = sql`select
  (select count(*)::int from calls) as calls,
  (select count(*)::int from calls where answered_at is not null) as answered,
  (select count(distinct call_id)::int from holds) as paid,
  (select coalesce(sum(captured_cents), 0)::int from settlements) as captured,
  (select count(*)::int from calls c where (select count(*) from announcements a
    where a.call_id = c.id and a.type = 'call.ended') <> 1) as "endedTwice",
  (select count(*)::int from calls c where not exists (
    select from call_cost_breakdowns b where b.call_id = c.id)) as unbilled,
  (select count(*)::int from calls c where exists (select from holds h where h.call_id = c.id and h.payment_intent_id is not null)
    and not exists (select from settlements s where s.call_id = c.id)) as unsettled,
  (select count(*)::int from settlements s join holds h on h.id = s.hold_id
    where s.captured_cents > h.amount_cents) as "overCap",
  (select json_object_agg(end_reason, n) from (
    select coalesce(end_reason, 'still ' || state) as end_reason, count(*)::int as n from calls group by 1) ends)
    as "byReason"`;
