import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Node's own module loading: one copy of graphql, and the same type stripping as in production.
    experimental: { viteModuleRunner: false },
    globalSetup: ['test/support/global-setup.ts'],
    // By default one core is left free, which on two means one file at a time.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
