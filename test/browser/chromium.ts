import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Half-way through a transition, colours are neither the one nor the other. */
const TRANSITIONS_OVER = `Promise.all(document.getAnimations()
  .filter((each) => each instanceof CSSTransition)
  .map((each) => each.finished.catch(() => null))).then(() => null)`;

/** The browser of the system; nothing is downloaded. @param more switches of its own. @throws with the command that installs one. */
export async function openChromium(more: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? PLACES.find((place) => existsSync(place));
  if (executablePath === undefined)
    throw new Error('There is no Chromium here. Install it: apt-get install -y chromium fonts-dejavu-core');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      ...more,
    ],
  });
}

/** A visitor of their own, without animations, so that what is looked at stands still. */
export function newVisitor(
  browser: Browser,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<BrowserContext> {
  return browser.newContext({ reducedMotion: 'reduce', colorScheme, viewport: { width: 1280, height: 900 } });
}

/** Nothing is loading any more. */
export async function settled(page: Page): Promise<void> {
  await expect.poll(() => page.getByLabel('Loading').count(), { timeout: 20_000 }).toBe(0);
}

/** What stands against WCAG 2.2 AA on the page as it is, in words; empty where nothing does. */
export async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(TRANSITIONS_OVER);
  await page.evaluate(AXE); // not as a script tag, which the page's policy refuses
  return page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(options: object): Promise<{
          violations: Array<{ id: string; nodes: Array<{ html: string; failureSummary: string }> }>;
        }>;
      };
    };
    const { violations } = await axe.run({ runOnly: tags });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  }, TAGS);
}
