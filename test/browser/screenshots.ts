import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { it } from 'vitest';
import { packageRoot } from '../../server/paths.ts';
import { settled } from './chromium.ts';
import { furnish, pagesOf } from './furnish.ts';
import { useHouse } from './house.ts';

/** Pictures of every page, for docs/screens: npm run screenshots. */

const FOLDER = path.join(packageRoot, 'docs', 'screens');
const house = useHouse();

it('takes a picture of every page', async () => {
  await mkdir(FOLDER, { recursive: true });
  const furnished = await furnish(house());
  for (const role of ['admin', 'user'] as const) {
    const holder = role === 'admin' ? { role } : { role, userId: furnished.userId };
    const page = await house().visitors.signedIn(holder);
    for (const [where, heading] of pagesOf(furnished)[role]) {
      await page.goto(house().at(where));
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await settled(page);
      const file = `${role}-${heading.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.png`;
      await page.screenshot({ path: path.join(FOLDER, file) });
    }
  }
});
