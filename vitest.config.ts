import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{server,shared,web,test,bin}/**/*.test.{ts,tsx}'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // A busy machine takes longer than the usual second to tell the live page.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // Reading the program's modules anew for each file would take as long as the tests.
    isolate: false,
    maxWorkers: 2,
    // A failed test must not leave the others waiting for the database it held.
    teardownTimeout: 20_000,
  },
})
