import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { settled, violationsOn } from './chromium.ts';
import { type Furnished, furnish, pagesOf } from './furnish.ts';
import { useHouse } from './house.ts';

/** Every page, every tab of it, in both colours and on a phone: whole, readable by everybody, and nothing beyond its edge. */

const house = useHouse();
let furnished: Furnished;
beforeAll(async () => {
  furnished = await furnish(house());
}, 180_000);

describe.each(['admin', 'user'] as const)('for %s', (role) => {
  it.each(['light', 'dark'] as const)(
    'in %s',
    async (colorScheme) => {
      const holder = role === 'admin' ? { role } : { role, userId: furnished.userId };
      const page = await house().visitors.signedIn(holder, colorScheme);
      const failures = watchFailures(page);
      for (const [path, heading] of pagesOf(furnished)[role]) {
        await page.goto(house().at(path));
        await page.getByRole('heading', { level: 1, name: heading }).waitFor();
        await look(page, path);
        const tabs = page.getByRole('tab');
        for (let i = 1; i < (await tabs.count()); i++) {
          await tabs.nth(i).click();
          await look(page, `${path}, tab ${i + 1}`);
        }
      }
      expect(failures).toEqual([]);
    },
    240_000,
  );

  it('on a phone', async () => {
    const holder = role === 'admin' ? { role } : { role, userId: furnished.userId };
    const page = await house().visitors.signedIn(holder);
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [path, heading] of pagesOf(furnished)[role]) {
      await page.goto(house().at(path));
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await settled(page);
      const excess = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect({ path, excess }).toEqual({ path, excess: 0 });
    }
  }, 120_000);
});

async function look(page: Page, where: string): Promise<void> {
  await settled(page);
  expect({ where, alerts: await page.getByRole('alert').allTextContents() }).toEqual({ where, alerts: [] });
  expect({ where, violations: await violationsOn(page) }).toEqual({ where, violations: [] });
}

/** What the browser complains about: errors of scripts, and answers that are none. */
function watchFailures(page: Page): string[] {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) failures.push(`${response.status()} ${response.url()}`);
  });
  return failures;
}
