import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { settled } from './chromium.ts';
import { type Furnished, furnish } from './furnish.ts';
import { useHouse } from './house.ts';

/** Every amount on a page is one that the API tells, and the ones that matter most are there. */

const house = useHouse();
let furnished: Furnished;
beforeAll(async () => {
  furnished = await furnish(house());
}, 180_000);

const AMOUNT = /-?\$[\d,]+\.\d{2}(?!\d)/g;
const dollars = (cents: number) => `${cents < 0 ? '-' : ''}$${(Math.abs(cents) / 100).toFixed(2)}`;

/** Every number under a key that ends in cents, micro-cents rounded as the server rounds a bill. */
function amountsIn(json: unknown, into = new Set<string>()): Set<string> {
  if (typeof json !== 'object' || json === null) return into;
  for (const [key, value] of Object.entries(json)) {
    if (/cents$/i.test(key) && typeof value === 'number') into.add(dollars(value));
    amountsIn(value, into);
  }
  return into;
}

/** What the page asked of the API while it was opened, and the amounts that it shows. */
async function look(page: Page, path: string, tab?: string): Promise<{ shown: string[]; told: Set<string> }> {
  const told = new Set<string>();
  const answers: Array<Promise<unknown>> = [];
  page.on('response', (response) => {
    const isJson = response.headers()['content-type']?.includes('json') === true;
    if (new URL(response.url()).pathname.startsWith('/api/') && isJson)
      answers.push(response.json().then((json) => amountsIn(json, told)));
  });
  await page.goto(house().at(path));
  await page.getByRole('heading', { level: 1 }).waitFor();
  if (tab !== undefined) await page.getByRole('tab', { name: tab }).click();
  await settled(page);
  await page.waitForLoadState('networkidle');
  await Promise.all(answers);
  const text = await page.getByRole('main').innerText();
  return { shown: text.match(AMOUNT)?.map((each) => each.replaceAll(',', '')) ?? [], told };
}

const summaryToday = async () =>
  (await house().test.api('/api/user/costs/summary')).json as { totalCents: number };

describe('for admins', () => {
  it.each([
    ['/', undefined],
    ['/costs', undefined],
    ['/money', undefined],
    ['call', 'What it cost'],
    ['paid call', 'Who pays'],
    ['payer', undefined],
  ])('on %s %s', async (where, tab) => {
    const { callId, paidCallId, payerId } = furnished;
    const paths: Record<string, string> = {
      call: `/calls/${callId}`,
      'paid call': `/calls/${paidCallId}`,
      payer: `/payers/${payerId}`,
    };
    const page = await house().visitors.signedIn({ role: 'admin' });
    const { shown, told } = await look(page, paths[where] ?? where, tab);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((amount) => !told.has(amount))).toEqual([]);
    if (where === '/') expect(shown).toContain(dollars((await summaryToday()).totalCents));
  });
});

describe('for users and payers', () => {
  it.each(['/budget', '/costs'])('on %s', async (path) => {
    const page = await house().visitors.signedIn({ role: 'user', userId: furnished.userId });
    const { shown, told } = await look(page, path);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((amount) => !told.has(amount))).toEqual([]);
  });

  it('on /payments', async () => {
    const userId = await house().newUser('Carol', furnished.payerNumber);
    const page = await house().visitors.signedIn({ role: 'user', userId });
    const { shown, told } = await look(page, '/payments');
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((amount) => !told.has(amount))).toEqual([]);
  });
});
