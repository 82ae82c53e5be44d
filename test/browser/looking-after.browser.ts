import { expect, it } from 'vitest';
import { HMAC_KEY, signed } from '../elevenlabs-house.ts';
import { Payer } from '../payer.ts';
import { until } from '../sandbox.ts';
import { violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** What an admin looks after: who is who, who agreed, what calls cost, disputes, and what came in and could not be read. */

const house = useHouse({ environment: { ELEVENLABS_POST_CALL_HMAC_KEY: HMAC_KEY } });

it('finds somebody by name or number', async () => {
  const number = house().newNumber();
  await house().newUser('Vera Velvet', number);
  await house().newUser('Willem Wool');
  const page = await house().admin('/users');
  await page.getByRole('link', { name: 'Willem Wool' }).waitFor();
  await page.getByLabel('Find by name or number').fill('velv');
  await page.getByRole('link', { name: 'Willem Wool' }).waitFor({ state: 'detached' });
  await page.getByLabel('Find by name or number').fill(number.slice(2));
  await page.getByRole('link', { name: 'Vera Velvet' }).click();
  await page.getByRole('heading', { level: 1, name: 'Vera Velvet' }).waitFor();
  await page.goto(house().at('/users'));
  await page.getByLabel('Find by name or number').fill('nobody at all');
  await page.getByText('Nobody is like that.').waitFor();
});

it('asks somebody by text whether they want to be called, and writes down what another agreed to', async () => {
  const { test } = house();
  const [asked, attested] = [house().newNumber(), house().newNumber()];
  const page = await house().admin('/consents');
  await page.getByRole('textbox', { name: 'Number' }).fill(asked);
  await page.getByLabel('Whose it is').fill('Xenia');
  await page.getByRole('button', { name: 'Text them the question' }).click();
  await page.getByText('Xenia is asked; their YES comes here.').waitFor();
  await test.sandbox.textIn({
    from: asked,
    to: '+15550199',
    body: 'YES',
    url: `${test.app.publicBaseUrl}/twilio/sms`,
  });
  await page.reload();
  await page.getByRole('row', { name: `${asked} Calls by text` }).waitFor();

  await page.getByText('They agreed in writing').click();
  await page.getByRole('textbox', { name: 'Number' }).fill(attested);
  await page.getByLabel('In which words').fill('I agree to be called by an AI.');
  expect(await violationsOn(page)).toEqual([]);
  await page.getByRole('button', { name: 'Write it down' }).click();
  await page
    .getByRole('row')
    .filter({ hasText: attested })
    .getByText('I agree to be called by an AI.')
    .waitFor();
});

it('sees what calls cost of a day and of a year, and of whom', async () => {
  const { test } = house();
  const number = house().newNumber();
  await test.sandbox.putCaller(number, {
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      { cue: { after: 'reply', delayMs: 500 }, text: 'Goodbye.' },
    ],
  });
  await test.api('/api/calls', {
    method: 'POST',
    body: { to: number, displayName: 'Yuri', persona: 'brad' },
  });
  await until(
    'the call is over',
    async () => (await test.api('/api/calls?state=ended')).text.includes('Yuri'),
    40_000,
  );
  const page = await house().admin('/costs');
  for (const period of ['Today', 'A year']) {
    await page.getByText(period, { exact: true }).click();
    await page.getByRole('table', { name: 'Costs by user' }).getByRole('link', { name: 'Yuri' }).waitFor();
  }
  await page.getByRole('table', { name: 'Costs by user' }).getByRole('link', { name: 'Yuri' }).click();
  await page.getByRole('heading', { level: 1, name: 'Yuri' }).waitFor();
});

it('sees a dispute, and lets its payer approve calls again', async () => {
  const { test } = house();
  const payer = new Payer(test);
  const callee = house().newNumber();
  await test.sandbox.putCaller(callee, {
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      { cue: { after: 'reply', delayMs: 500 }, text: 'Goodbye.' },
    ],
  });
  const offer = await payer.offer(callee, { displayName: 'Zoe', payer: { name: 'Zacharias' } });
  await payer.approve(offer);
  await payer.settled(offer.callId, 'captured', 60_000);
  const { id: paymentIntent } = (await payer.intentOf(offer.callId)) as unknown as { id: string };
  const made = await fetch(`${test.sandbox.controlUrl}/stripe/disputes`, {
    method: 'POST',
    body: JSON.stringify({ paymentIntent }),
  });
  expect(made.status).toBe(201);
  await until('we know of it', async () => (await test.api('/api/disputes')).text.includes(offer.callId));
  const page = await house().admin('/');
  await page.getByRole('table', { name: 'Alerts' }).getByText('dispute').first().waitFor();
  expect(await violationsOn(page)).toEqual([]);
  await page.goto(house().at('/money'));
  await page.getByRole('tab', { name: 'Disputes' }).click();
  await page.getByRole('table', { name: 'Disputes' }).getByText('open').waitFor();
  await page.getByRole('tab', { name: 'Payers' }).click();
  await page.getByRole('link', { name: 'Zacharias' }).click();
  await page.getByText(/^Blocked since/).waitFor();
  expect(await violationsOn(page)).toEqual([]);
  await page.getByRole('button', { name: 'Let them approve calls again' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Let them approve calls again' }).click();
  await page.getByText('Zacharias can approve calls again.').waitFor();
  await page.getByText(/^Blocked since/).waitFor({ state: 'detached' });
});

it('looks at what came in and could not be read', async () => {
  const { test } = house();
  const body = JSON.stringify({ type: 'post_call_smell', data: 'a shape that nobody knows' });
  const came = await fetch(`${test.app.publicBaseUrl}/webhooks/post-call`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signed(body) },
    body,
  });
  expect(came.status).toBe(422);
  const page = await house().admin('/webhooks');
  await page.getByRole('tab', { name: 'What came in' }).click();
  const row = page.getByRole('row').filter({ hasText: 'in quarantine' });
  await row.getByRole('button', { name: 'Show' }).click();
  await page.getByRole('region', { name: 'Payload' }).getByText('a shape that nobody knows').waitFor();
  expect(await violationsOn(page)).toEqual([]);
  await row.getByRole('button', { name: 'Hide' }).click();
  await page.getByRole('region', { name: 'Payload' }).waitFor({ state: 'detached' });
});
