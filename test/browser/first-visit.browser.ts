import { expect, it } from 'vitest';
import { until } from '../sandbox.ts';
import { violationsOn } from './chromium.ts';
import { useHouse } from './house.ts';

/** Somebody who has just started the server opens the panel. */

const house = useHouse();

it('is told what can be done first, has three people called, and watches', async () => {
  const page = await house().admin('/');
  const steps = page.getByRole('region', { name: 'First steps' });
  await steps.getByRole('link', { name: 'Open the phone in your browser' }).waitFor();
  expect(await violationsOn(page)).toEqual([]);
  await steps.getByRole('button', { name: 'Call three people' }).click();
  for (const name of ['Alice', 'Ben', 'Carol']) {
    const card = page.getByRole('region', { name: `Call with ${name}` });
    await card.getByRole('listitem').first().waitFor({ timeout: 30_000 });
  }
  expect(await violationsOn(page)).toEqual([]);
  const ended = async () =>
    ((await house().test.api('/api/calls?state=ended')).json as { calls: Array<{ endReason: string }> })
      .calls;
  await until('all three calls are over', async () => (await ended()).length === 3, 100_000);
  expect((await ended()).map(({ endReason }) => endReason)).toEqual(
    Array.from({ length: 3 }, () => 'persona-said-goodbye'),
  );
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText('Calls today').waitFor();
  await steps.waitFor({ state: 'detached' });
});

it('calls somebody at once, and knows whom it may not call', async () => {
  const page = await house().admin('/schedules');
  await page.getByRole('textbox', { name: 'Number' }).fill('+1 555 0148');
  await page.getByLabel('Whose it is').fill('Dora');
  await page.getByRole('button', { name: 'Call now' }).click();
  await page.getByText('Brad calls Dora.').waitFor();
  await page.getByRole('button', { name: 'For somebody who has not been called before' }).click();
  await page.getByLabel('The words with which they agreed to be called').fill('yes');
  expect(await violationsOn(page)).toEqual([]);
  await page.getByRole('button', { name: 'Call now' }).click();
  await page.getByRole('alert').filter({ hasText: 'at consent' }).waitFor();
});
