import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{server,db,test}/**/*.test.ts'],
    setupFiles: ['test/leaks.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 3, // whole calls last as long as calls do, and mostly wait
  },
});
