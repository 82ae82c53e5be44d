import { defineConfig } from 'vitest/config';

/** Makes the pictures in docs/screens; no test. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/browser/screenshots.ts'],
    testTimeout: 300_000,
    hookTimeout: 180_000,
  },
});
