import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../server/paths.ts';
import { DELAYS } from '../../server/sandbox/delays.ts';
import { startTestSandbox, until } from '../sandbox.ts';
import { settled } from './chromium.ts';
import { type Furnished, furnish, pagesOf } from './furnish.ts';
import { useHouse } from './house.ts';

/** Pictures of every page, for docs/screens: npm run screenshots. */

const FOLDER = path.join(packageRoot, 'docs', 'screens');
/** An iPhone’s. */
const PHONE = { width: 390, height: 844 };

const house = useHouse({
  openSandbox: () => startTestSandbox(DELAYS.usual, true),
  switches: async () => ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
});
let furnished: Furnished;
beforeAll(async () => {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  furnished = await furnish(house());
}, 180_000);

async function picture(page: Page, name: string): Promise<void> {
  await settled(page);
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`) });
}

it('of every page', async () => {
  for (const role of ['admin', 'user'] as const) {
    const holder = role === 'admin' ? { role } : { role, userId: furnished.userId };
    const page = await house().visitors.signedIn(holder);
    for (const [where, heading] of pagesOf(furnished)[role]) {
      await page.goto(house().at(where));
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await picture(page, `${role}-${heading.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`);
    }
  }
});

it('of what a payer sees', async () => {
  const page = await house().user(await house().newUser('Carol', furnished.payerNumber), '/payments');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Receipt' }).first().click();
  await picture(page, 'payer');
});

it('of who comes in', async () => {
  const page = await house().visitors.stranger();
  await page.goto(house().at('/sign-in'));
  await page.getByRole('heading', { level: 1 }).waitFor();
  await picture(page, 'sign-in');
});

it('of a call with every tab, in the dark and on a phone', async () => {
  const page = await house().admin(`/calls/${furnished.callId}`, 'dark');
  await page.getByRole('heading', { level: 1, name: 'Brad and Alice' }).waitFor();
  const tabs = page.getByRole('tab');
  for (let i = 0; i < (await tabs.count()); i++) {
    await tabs.nth(i).click();
    await picture(page, `call-${i + 1}-dark`);
  }
  const phone = await house().user(furnished.userId, '/');
  await phone.setViewportSize(PHONE);
  for (const where of ['/', '/memory', `/calls/${furnished.callId}`]) {
    await phone.goto(house().at(where));
    await phone.getByRole('heading', { level: 1 }).waitFor();
    await picture(phone, `on-a-phone-${where.split('/')[1] || 'today'}`);
  }
});

it('of calls under way', async () => {
  expect((await house().test.api('/api/dev-phone/examples', { method: 'POST' })).status).toBe(201);
  const page = await house().admin('/live');
  for (const name of ['Alice', 'Ben', 'Carol']) {
    const card = page.getByRole('region', { name: `Call with ${name}` });
    await expect.poll(() => card.getByRole('listitem').count(), { timeout: 60_000 }).toBeGreaterThan(4);
  }
  await picture(page, 'live');
  const over = async () => !(await house().test.api('/api/calls?state=under-way')).text.includes('"state"');
  await until('they are over', over, 100_000);
});

it('of the phone in the browser', async () => {
  const page = await house().visitors.stranger();
  await page.goto(`${house().test.app.publicBaseUrl}/dev-phone`);
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  const said = page.getByRole('log', { name: 'What Brad and Alex say' });
  await said.getByText("I'm an AI").waitFor({ timeout: 30_000 });
  for (const phrase of ['Yes, speaking.', 'I want to finish the report today.']) {
    const before = await said.getByRole('listitem').count();
    await page.getByRole('button', { name: phrase }).click();
    await expect
      .poll(() => said.getByRole('listitem').count(), { timeout: 30_000 })
      .toBeGreaterThan(before + 1);
  }
  await picture(page, 'dev-phone');
});
