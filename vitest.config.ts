import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{server,db,test,web}/**/*.test.ts'],
    setupFiles: ['test/leaks.ts'],
    testTimeout: 60_000, // so long that only what hangs reaches it, however busy the machine is
    hookTimeout: 60_000,
    maxWorkers: 5, // whole calls last as long as calls do, and mostly wait
  },
});
