import path from 'node:path'
import { defineConfig } from 'vitest/config'

/**
 * Folders whose files share processes, one after another, that load what they test once: 0.4 s of CPU less a file where that
 * is functions, 2 s where it is the whole service. Here belongs what leaves a process as it was (its environment, its
 * globals) and does not look at it as a whole (its memory, its children). A file that has ended keeps some 0.3 MB.
 */
const TOGETHER = {
  'together, functions': ['archive', 'inspection', 'lib'],
  'together, the service': [
    'auth',
    'docs',
    'edge',
    'events',
    'features',
    'isolation',
    'journeys',
    'plugins-examples',
    'testing',
  ],
}
const MEASURES_MEMORY = 'test/archive/memory.test.ts'

const testsOf = (folders: readonly string[]) => folders.map((folder) => `test/${folder}/**/*.test.ts`)

const common = {
  // Node's own module loading: one copy of graphql, and the same type stripping as in production.
  experimental: { viteModuleRunner: false },
  // A process that loads the whole service takes 1.8 s of CPU for it, and 1.1 s where what V8 has compiled is kept.
  env: { NODE_COMPILE_CACHE: path.join(import.meta.dirname, 'node_modules/.cache/compiled') },
  // By default one core is left free, which on two means one file at a time.
  maxWorkers: '100%',
  // Of tests that say they may: more loops at once than that would wait for a core, not for their time.
  maxConcurrency: 3,
  testTimeout: 30_000,
  hookTimeout: 60_000,
}

export default defineConfig({
  test: {
    ...common,
    // Once for all projects: none of them extends this.
    globalSetup: ['test/support/global-setup.ts'],
    // In the order of their names: the many short files come last, so that no long one is left over at the end.
    projects: [
      {
        test: {
          ...common,
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: Object.values(TOGETHER).flatMap(testsOf),
        },
      },
      { test: { ...common, name: 'measuring', include: [MEASURES_MEMORY] } },
      ...Object.entries(TOGETHER).map(([name, folders]) => ({
        test: { ...common, name, include: testsOf(folders), exclude: [MEASURES_MEMORY], isolate: false },
      })),
    ],
  },
})
