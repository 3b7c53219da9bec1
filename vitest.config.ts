import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/global.ts'],
    // Real supervisors, terminals and daemons are started by many tests: two files at a time suit two cores.
    maxWorkers: 2,
    // Tests marked concurrent wait for daemons most of the time.
    maxConcurrency: 12,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
  },
});
