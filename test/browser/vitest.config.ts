import { defineConfig } from 'vitest/config';

const PACE = 'test/browser/live-pace.browser.ts';

/** Whole pages in Debian's Chromium, against a whole server on stand-ins. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    projects: [
      {
        test: {
          name: 'pages',
          include: ['test/browser/**/*.browser.ts'],
          exclude: [PACE],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 2, // pages mostly wait for calls, which last as long as calls do
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'pace',
          include: [PACE],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 1, // nothing beside it: a frame is measured
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
