import type { Database } from '../../db/connection.ts';
import { CallStore } from '../call/store.ts';
import { sleep, systemClock } from '../clock.ts';
import { Budgets } from '../cost/budget-store.ts';
import type { CostEstimate } from '../cost/estimate.ts';
import type { CallMargin } from '../cost/explanation.ts';
import { formatCents } from '../cost/money.ts';
import { getJson, post } from './requests.ts';

/** A budget that is just enough for the demo, so that its warning is heard: the second minute is the last one. */
const BUDGET = { maxCostPerCallCents: 190, warnAtPercent: 60 };
const TEST_CARD = '4242424242424242';
const SETTLED_WITHIN_MS = 20_000;
const SYSTEM = { kind: 'system', purpose: 'demo' } as const;

export interface DemoApi {
  baseUrl: string;
  headers: Record<string, string>;
}

interface Money {
  hold: { state: string; amountCents: number } | null;
  settlement: { state: string; capturedCents: number; stripeFeeCents: number | null } | null;
}

/** Carol pays for Brad's call to Alice: asks what it will cost, approves it, and types a test card at Stripe's stand-in. */
export async function approveCall(
  api: DemoApi,
  db: Database,
  callee: { to: string; displayName: string; persona: string },
  tell: (line: string) => void,
): Promise<string> {
  const { baseUrl, headers } = api;
  const user = await new CallStore(db).ensureUser(SYSTEM, callee.to, callee.displayName);
  await new Budgets(db).change(SYSTEM, user.id, BUDGET);
  const estimate = (await post(`${baseUrl}/api/calls/estimate`, { minutes: 1 }, headers)) as CostEstimate;
  tell(
    `Estimate  a minute costs about ${formatCents(estimate.total_cents)} (${formatCents(estimate.low_total_cents)} to ${formatCents(estimate.high_total_cents)}), card fee included`,
  );
  const offer = (await post(
    `${baseUrl}/api/approvals`,
    { ...callee, payer: { name: 'Carol' }, capCents: BUDGET.maxCostPerCallCents },
    headers,
  )) as { callId: string; payUrl: string; capCents: number };
  tell(`Approval  Carol gets a link and is asked to approve up to ${formatCents(offer.capCents)}`);
  const checkoutUrl = await press(offer.payUrl, { answer: 'approve' });
  await press(checkoutUrl, { card: TEST_CARD, do: 'pay' });
  await until(async () => (await moneyOf(api, offer.callId)).hold?.state === 'held');
  tell(`Hold      ${formatCents(offer.capCents)} are held on Carol's test card; nothing is taken yet`);
  return offer.callId;
}

/** Waits until the money of an ended call has come to rest, and tells what became of it. */
export async function tellSettlement(
  api: DemoApi,
  callId: string,
  tell: (line: string) => void,
): Promise<void> {
  await until(async () => (await moneyOf(api, callId)).settlement?.stripeFeeCents != null);
  const { hold, settlement } = await moneyOf(api, callId);
  if (hold === null || settlement === null) throw new Error('the call was not settled');
  const { margin } = (await getJson(`${api.baseUrl}/api/calls/${callId}/cost`, api.headers)) as {
    margin: CallMargin;
  };
  tell(
    `Capture   ${formatCents(settlement.capturedCents)} of the ${formatCents(hold.amountCents)} that were held; the rest is let go`,
  );
  tell(
    `Margin    ${formatCents(margin.profit_margin_cents)}: Stripe keeps ${formatCents(margin.stripe_fee_cents ?? 0)}, the vendors charge ${formatCents(margin.vendor_cost_cents)}`,
  );
}

async function moneyOf({ baseUrl, headers }: DemoApi, callId: string): Promise<Money> {
  return (await getJson(`${baseUrl}/api/calls/${callId}/money`, headers)) as Money;
}

/** Presses a button on a page as a browser does, and says where it leads. */
async function press(url: string, fields: Record<string, string>): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(fields),
  });
  await response.text();
  const location = response.headers.get('location');
  if (location === null)
    throw new Error(`${new URL(url).pathname} answered ${response.status} and led nowhere`);
  return location;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.nowMs() + SETTLED_WITHIN_MS;
  while (!(await holds())) {
    if (systemClock.nowMs() > deadline) throw new Error('the money did not come to rest in time');
    await sleep(systemClock, 100);
  }
}
