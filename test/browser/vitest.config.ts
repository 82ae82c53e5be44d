import { defineConfig } from 'vitest/config';

/** Whole pages in Debian's Chromium, against a whole server on stand-ins. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/browser/**/*.browser.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 1, // a browser and a call at a time are enough for two processors
  },
});
