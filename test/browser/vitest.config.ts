import { defineConfig } from 'vitest/config';

/** Whole pages in Debian's Chromium, against a whole server on stand-ins. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/browser/**/*.browser.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2, // pages mostly wait for calls, which last as long as calls do
  },
});
