import { describe, expect, it } from 'vitest';
import { asOwner } from '../as-owner.ts';
import { until } from '../sandbox.ts';
import { violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** Calls in the panel: as they happen, afterwards, and for those whose they are. */

const house = useHouse();

interface Call {
  id: string;
  userId: string;
  toNumber: string;
  carrierSid: string;
  state: string;
}

const view = async (id: string) => (await house().test.api(`/api/calls/${id}`)).json as Call;
const place = async (displayName: string, ...lines: string[]) => {
  const to = house().newNumber();
  await house().test.sandbox.putCaller(to, {
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      ...lines.map((text) => ({ cue: { after: 'reply' as const, delayMs: 500 }, text })),
    ],
  });
  const body = { to, displayName, persona: 'brad' };
  return (await house().test.api('/api/calls', { method: 'POST', body })).json as Call;
};
const ended = async (id: string) => {
  await until('the call is over', async () => (await view(id)).state === 'ended', 60_000);
  return view(id);
};

describe('an admin', () => {
  it('watches a call as it is held, sees what it costs, and ends it with a goodbye', async () => {
    const page = await house().admin('/live');
    await page.getByText('Nobody is on the phone.').waitFor();
    const { id } = await place('Alice', 'Yes, this is Alice.', 'I want to finish the report today.', 'Okay.');
    const card = page.getByRole('region', { name: 'Call with Alice' });
    await card.getByText("I'm an AI").waitFor();
    await card.getByText('Yes, this is Alice.').waitFor();
    await card.getByText('I want to finish the report today.').waitFor({ timeout: 60_000 });
    await card
      .getByText(/\d ms$/)
      .first()
      .waitFor();
    expect(await card.getByText(/^\$\d+\.\d\d of \$\d/).textContent()).not.toMatch(/^\$0\.00/);
    expect(await violationsOn(page)).toEqual([]);
    await card.getByRole('button', { name: 'End with a goodbye' }).click();
    await ended(id);
    await card.getByText('over', { exact: true }).waitFor();
  });

  it('finds a call that was held, with every figure as the API has it', async () => {
    const { id } = await place('Bertha', 'Yes, this is Bertha.', 'Goodbye.');
    await ended(id);
    const page = await house().admin('/calls');
    const row = page.getByRole('row').filter({ hasText: 'Bertha' });
    const { totalCostCents, services, events } = (await house().test.api(`/api/calls/${id}/cost`)).json as {
      totalCostCents: number;
      services: Array<{ sku: string; units: string }>;
      events: Array<{ retailMicroCents: string }>;
    };
    const total = `$${(totalCostCents / 100).toFixed(2)}`;
    await row.getByText(total).waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'Brad and Bertha' }).waitFor();
    await page.getByText('Yes, this is Bertha.').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('tab', { name: 'How long answers took' }).click();
    await page
      .getByText(/\d ms$/)
      .first()
      .waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('tab', { name: 'What it cost' }).click();
    await page.getByRole('table', { name: 'Bill' }).getByText(total).waitFor();
    const shown = await page
      .getByRole('table', { name: 'Cost events' })
      .getByRole('row')
      .evaluateAll((rows) => rows.slice(1).map((each) => each.lastElementChild?.textContent ?? ''));
    const inMicroCents = shown.map((text) => {
      const [whole = '0', part = ''] = text.replace(/[$,]/g, '').split('.');
      return `${whole}${part.padEnd(8, '0')}`.replace(/^(-?)0+(?=\d)/, '$1');
    });
    expect(inMicroCents).toEqual(events.map(({ retailMicroCents }) => retailMicroCents));
    const { causes } = (await house().test.api(`/api/calls/${id}/cost/explanation`)).json as {
      causes: Array<{ sku: string; units: string }>;
    };
    for (const { sku, units } of causes)
      expect(units).toBe(services.find((service) => service.sku === sku)?.units);
    await page.getByText('would be expected').waitFor();
    expect(await violationsOn(page)).toEqual([]);
  });

  it('finds the same in the dark', async () => {
    const { id } = await place('Dora', 'Yes, this is Dora.', 'Goodbye.');
    const page = await house().admin('/live', 'dark');
    await page.getByRole('region', { name: 'Call with Dora' }).getByText('Yes, this is Dora.').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await ended(id);
    for (const path of ['/calls', `/calls/${id}`, '/passkeys']) {
      await page.goto(house().at(path));
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await violationsOn(page)).toEqual([]);
    }
  });

  it('who is signed out in the middle of it is asked to sign in again', async () => {
    const page = await house().admin('/calls');
    await page.getByRole('heading', { name: 'All calls' }).waitFor();
    await asOwner(house().test.database, 'update sessions set revoked_at = now()');
    await page.getByText('To come').click();
    await page.getByRole('heading', { name: 'Sign in to Ringback' }).waitFor();
    expect(await violationsOn(page)).toEqual([]);
  });
});

describe('a user', () => {
  it('signs in with a code by text, sees their own calls, and nobody else’s', async () => {
    const own = await place('Carla', 'Yes, this is Carla.', 'Goodbye.');
    const other = await place('Edith', 'Yes, this is Edith.', 'Goodbye.');
    await Promise.all([ended(own.id), ended(other.id)]);
    const number = own.toNumber;
    const page = await house().visitors.stranger();
    await page.goto(house().at('/calls'));
    await page.getByLabel('Your phone number').fill(number);
    await page.getByRole('button', { name: 'Text me a code' }).click();
    await page.getByText('The code that we have texted you').waitFor();
    const code = async () =>
      (await house().test.sandbox.journal('twilio'))
        .map(({ detail }) => (detail.form as Record<string, string> | undefined) ?? {})
        .filter(({ To }) => To === number)
        .flatMap(({ Body }) => /^(\d{6}) is your/.exec(Body ?? '')?.[1] ?? [])
        .at(-1);
    await until('the code is texted', async () => (await code()) !== undefined);
    await page.getByLabel('Digit 1').click();
    await page.keyboard.type((await code()) ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    const strange = await place('Frida', 'Yes, this is Frida.', 'Goodbye.');
    await until('the other call is live', async () => (await view(strange.id)).state === 'live', 20_000);
    const body = { to: number, displayName: 'Carla', persona: 'brad' };
    await house().test.api('/api/calls', { method: 'POST', body });
    await page.getByRole('region', { name: 'Call with Carla' }).getByText("I'm an AI").waitFor();
    expect(await page.getByRole('region', { name: 'Call with Frida' }).count()).toBe(0);
    await page.getByRole('link', { name: 'My calls', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'Carla' }).first().waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'Edith' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Passkeys' }).count()).toBe(0);
    await page.goto(house().at(`/calls/${other.id}`));
    await page.getByText('There is no such call.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Ringback' }).waitFor();
  });
});
