import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { settled } from './chromium.ts';
import { useHouse } from './house.ts';

/** How much comes over the wire before somebody sees a page for the first time. */

const MOST_BYTES = 240_000;

const house = useHouse();

/** Scripts, styles and the page itself, as gzip -6 would make them. */
async function weigh(
  page: Page,
  path: string,
): Promise<{ gzipped: number; encodings: Set<string | undefined> }> {
  const bodies: Array<Promise<number>> = [];
  const encodings = new Set<string | undefined>();
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith('/app')) return;
    if (pathname.includes('/assets/')) encodings.add(response.headers()['content-encoding']);
    bodies.push(response.body().then((body) => gzipSync(body).length));
  });
  await page.goto(house().at(path));
  await page.getByRole('heading', { level: 1 }).waitFor();
  await settled(page);
  await page.waitForLoadState('networkidle');
  const gzipped = (await Promise.all(bodies)).reduce((sum, each) => sum + each, 0);
  return { gzipped, encodings };
}

it.for(['/', '/live', '/sign-in', '/dev-phone'])('at most 240 kB for %s', async (path, { annotate }) => {
  const visitors = house().visitors;
  const page = path.startsWith('/sign')
    ? await visitors.stranger()
    : await visitors.signedIn({ role: 'admin' });
  const { gzipped, encodings } = await weigh(page, path);
  await annotate(`${Math.round(gzipped / 1_000)} kB gzipped`);
  expect(gzipped).toBeGreaterThan(100_000); // all of it was counted
  expect(gzipped).toBeLessThanOrEqual(MOST_BYTES);
  expect(encodings).toContain('br');
});
