import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useHouse } from './house.ts';

/** The panel without a mouse: every step is a key. */

const house = useHouse();
const MOST_TABS = 80;

/** Goes on with Tab until what has the focus is called so. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const wanted = page.getByRole('link', { name }).or(page.getByRole('button', { name })).first();
  await wanted.waitFor();
  for (let i = 0; i < MOST_TABS; i++) {
    await page.keyboard.press('Tab');
    if (await wanted.evaluate((element) => element === element.ownerDocument.activeElement)) return;
  }
  throw new Error(`${name} was not reached with ${MOST_TABS} tabs`);
}

const focused = (page: Page) => page.evaluate('document.activeElement?.textContent');

it('leads past the menu, from page to page, into a dialog and out of it again', async () => {
  const userId = await house().newUser('Kim');
  const path = `/api/personas/brad/memories?userId=${userId}`;
  await house().test.api(path, { method: 'POST', body: { text: 'Kim types fast' } });
  const page = await house().user(userId, '/');
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  expect(await page.title()).toBe('Today · Ringback');

  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('To the page');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement?.id')).toBe('main');

  await page.reload();
  await tabTo(page, 'What they know of me');
  await page.keyboard.press('Enter');
  const heading = page.getByRole('heading', { level: 1, name: 'What they know of me' });
  await heading.waitFor();
  await expect.poll(() => focused(page)).toBe('What they know of me'); // read out first
  expect(await page.title()).toBe('What they know of me · Ringback');

  await tabTo(page, 'Forget');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('Tab');
    expect(await dialog.evaluate((element) => element.contains(element.ownerDocument.activeElement))).toBe(
      true,
    );
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => focused(page)).toBe('Forget'); // back where it was opened
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  await tabTo(page, 'Leave it');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('article', { name: 'Kim types fast' }).waitFor();
});
