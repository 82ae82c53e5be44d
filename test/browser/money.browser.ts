import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { Payer } from '../payer.ts';
import { until } from '../sandbox.ts';
import { violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** Money in the browser: a payer's whole way from the link in a text to the receipt, and what admins do about it. */

const house = useHouse();

interface Money {
  settlement: { totalCents: number; capturedCents: number; refundedCents: number } | null;
}

const dollars = (cents: number) => `$${(cents / 100).toFixed(2)}`;
const moneyOf = async (callId: string) =>
  (await house().test.api(`/api/calls/${callId}/money`)).json as Money;

/** Texts that were sent to a number, the newest last. */
async function textsTo(number: string): Promise<string[]> {
  const entries = await house().test.sandbox.journal('twilio');
  return entries
    .map(({ detail }) => (detail.form as Record<string, string> | undefined) ?? {})
    .filter(({ To, Body }) => To === number && Body !== undefined)
    .map(({ Body }) => Body ?? '');
}

async function textTo(number: string, pattern: RegExp): Promise<string> {
  const found = async () => (await textsTo(number)).flatMap((body) => pattern.exec(body)?.[1] ?? []).at(-1);
  await until('the text is sent', async () => (await found()) !== undefined);
  return (await found()) ?? '';
}

async function talkative(displayName: string): Promise<string> {
  const number = house().newNumber();
  await house().test.sandbox.putCaller(number, {
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      { cue: { after: 'reply', delayMs: 500 }, text: `Yes, this is ${displayName}.` },
      { cue: { after: 'reply', delayMs: 500 }, text: 'Goodbye.' },
    ],
  });
  return number;
}

async function signIn(page: Page, number: string): Promise<void> {
  await page.goto(house().at('/sign-in'));
  await page.getByLabel('Your phone number').fill(number);
  await page.getByRole('button', { name: 'Text me a code' }).click();
  await page.getByText('The code that we have texted you').waitFor();
  const code = await textTo(number, /^(\d{6}) is your/);
  await page.getByLabel('Digit 1').click();
  await page.keyboard.type(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Today' }).waitFor();
}

describe('a payer', () => {
  it('goes from the link in a text over Stripe’s page to the receipt, which is what Stripe took', async () => {
    const to = await talkative('Bob');
    const number = house().newNumber();
    const { json } = await house().test.api('/api/approvals', {
      method: 'POST',
      body: {
        to,
        displayName: 'Bob',
        payer: { name: 'Carol', phoneNumber: number },
        capCents: 500,
        textLink: true,
      },
    });
    const { callId } = json as { callId: string };
    const page = await house().visitors.stranger();
    await page.goto(await textTo(number, /(http\S+\/pay\/\S+)/));
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByLabel(/card/i).first().fill('4242424242424242');
    await page.getByRole('button', { name: /pay/i }).click();
    await page.getByText(/phone is ringing|call is going on|The call is over/).waitFor();
    await page.getByText('Receipt').waitFor({ timeout: 90_000 });
    expect(await violationsOn(page)).toEqual([]);
    await until('the money is settled', async () => (await moneyOf(callId)).settlement !== null, 60_000);
    const payer = new Payer(house().test);
    await payer.settled(callId, 'captured');
    const { settlement } = await moneyOf(callId);
    const intent = await payer.intentOf(callId);
    expect(settlement?.capturedCents).toBe(intent?.amount_received);

    // The same signed in with their number: receipt, and nothing of what was said.
    await signIn(page, number);
    await page.getByRole('link', { name: 'What I pay for' }).click();
    const row = page.getByRole('row').filter({ hasText: 'Brad and Bob' });
    await row.getByText(`${dollars(settlement?.capturedCents ?? 0)} taken`).waitFor();
    await row.getByRole('button', { name: 'Receipt' }).click();
    await page
      .getByRole('table', { name: 'Receipt' })
      .getByText(dollars(settlement?.totalCents ?? 0), { exact: true })
      .waitFor();
    expect(await violationsOn(page)).toEqual([]);
    const probes = await page.evaluate(async (id) => {
      const paths = ['', '/cost', '/events', '/recording', '/cost/explanation'].map(
        (end) => `/api/calls/${id}${end}`,
      );
      return Promise.all(paths.map(async (path) => (await fetch(path)).status));
    }, callId);
    expect(probes).toEqual([404, 404, 404, 404, 404]);
    expect(await page.content()).not.toContain('Yes, this is Bob');
  }, 240_000);

  it('takes a yes to many calls back, and has a card forgotten at Stripe too; nobody else can', async () => {
    const { test } = house();
    const number = house().newNumber();
    const to = await talkative('Dora');
    const { json } = await test.api('/api/mandates', {
      method: 'POST',
      body: {
        to,
        displayName: 'Dora',
        payer: { name: 'Edgar', phoneNumber: number },
        perCallCents: 500,
        perMonthCents: 900,
      },
    });
    const { payUrl, mandateId } = json as { payUrl: string; mandateId: string };
    const page = await house().visitors.stranger();
    await page.goto(payUrl);
    await page.getByRole('button', { name: /Approve/ }).click();
    await page.getByLabel(/card/i).first().fill('4242424242424242');
    await page.getByRole('button', { name: /pay|save/i }).click();
    await page.getByText(/You approved/).waitFor();
    await until(
      'the card is known',
      async () => (await (await fetch(payUrl)).text()).includes('You approved. Calls'),
      20_000,
    );
    const stranger = await house().user(await house().newUser('Mallory'), '/payments');
    await stranger.getByText('Nobody has asked you to pay for a call.').waitFor();
    const tried = await stranger.evaluate(
      async (path) => (await fetch(path, { method: 'POST' })).status,
      `/api/user/mandates/${mandateId}/revoke`,
    );
    expect(tried).toBe(404);
    await signIn(page, number);
    await page.goto(house().at('/payments'));
    await page.getByText('A card of yours is saved').waitFor();
    await page.getByRole('button', { name: 'Forget my card' }).click();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Forget my card' }).click();
    await page.getByText('No card of yours is saved.').waitFor();
    const detached = (await test.sandbox.journal('stripe')).filter(({ detail }) =>
      /\/detach$/.test(String(detail.pathname)),
    );
    expect(detached).toHaveLength(1);
    const row = page.getByRole('row').filter({ hasText: 'Dora' });
    await row.getByText('approved').waitFor();
    await row.getByRole('button', { name: 'Take it back' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
    await row.getByText('taken back').waitFor();
    expect(await (await fetch(payUrl)).text()).toContain('You took your approval back');
  }, 120_000);
});

describe('an admin', () => {
  it('sees what became of a payment, and gives some of it back once', async () => {
    const { test } = house();
    const payer = new Payer(test);
    const offer = await payer.offer(await talkative('Fred'), {
      displayName: 'Fred',
      payer: { name: 'Gina' },
    });
    await payer.approve(offer);
    await payer.settled(offer.callId, 'captured', 90_000);
    const page = await house().admin('/money');
    const { settlement } = await moneyOf(offer.callId);
    const row = page.getByRole('row').filter({ hasText: 'Gina' });
    await row.getByText(`${dollars(settlement?.capturedCents ?? 0)} taken`).waitFor();
    await row.getByRole('link').first().click();
    await page.getByRole('tab', { name: 'Who pays' }).click();
    await page.getByLabel('Give back', { exact: true }).fill('0.25');
    await page.getByLabel('Why').fill('a bad line');
    await page.getByRole('button', { name: 'Give $0.25 back to Gina' }).click();
    await page.getByRole('table', { name: 'Refunds' }).getByText('given back').waitFor();
    await page.getByText('$0.25 given back').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    expect((await moneyOf(offer.callId)).settlement?.refundedCents).toBe(25);
    const { refunds } = await payer.books();
    expect(refunds).toHaveLength(1);
    await page.getByLabel('Give back', { exact: true }).fill('50');
    expect(await page.getByRole('button', { name: /^Give it back/ }).isDisabled()).toBe(true);
    await page.goto(house().at('/costs'));
    const summary = (await test.api('/api/user/costs/summary')).json as {
      totalCents: number;
      expectedCents: number;
      margin: { marginCents: number };
    };
    for (const cents of [summary.totalCents, summary.expectedCents, summary.margin.marginCents])
      await page.getByText(dollars(cents), { exact: true }).first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /spreadsheet/ }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^calls-.*\.csv$/);
  }, 180_000);
});

describe('an admin', () => {
  it('asks somebody to pay for a call, and for calls to come; each gets a link, by text where there is a number', async () => {
    const payerNumber = house().newNumber();
    const page = await house().admin('/money');
    await page.getByRole('tab', { name: 'Ask somebody to pay' }).click();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'Number', exact: true }).fill(house().newNumber());
    await page.getByLabel('Whose it is').fill('Theo');
    await page.getByRole('textbox', { name: 'Who pays' }).fill('Uma');
    await page.getByLabel('The payer’s number').fill(payerNumber);
    await page.getByRole('textbox', { name: 'At most' }).fill('3');
    await page.getByRole('button', { name: 'Ask them' }).click();
    await page.getByText('It was texted to them.').waitFor();
    const link = (await page.getByText(/\/pay\//).textContent()) ?? '';
    const payersPage = await fetch(link);
    expect(payersPage.status).toBe(200);
    expect(await payersPage.text()).toContain('$3.00');

    await page.getByText('Calls to come').click();
    await page.getByRole('textbox', { name: 'A month at most' }).fill('1');
    await page.getByRole('button', { name: 'Ask them' }).click();
    await page.getByRole('alert').filter({ hasText: 'a month must pay for one call at least' }).waitFor();
    await page.getByRole('textbox', { name: 'A month at most' }).fill('40');
    await page.getByRole('button', { name: 'Ask them' }).click();
    await page.getByText('It was texted to them.').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    const { mandates } = (await house().test.api('/api/mandates')).json as {
      mandates: Array<{ perCallCents: number; perMonthCents: number }>;
    };
    expect(mandates).toContainEqual(expect.objectContaining({ perCallCents: 300, perMonthCents: 4_000 }));
    await page.getByRole('tab', { name: 'Payers' }).click();
    await page.getByRole('link', { name: 'Uma' }).first().waitFor();
  });
});
