/** The module `patchbay/testing`, as tests of plugins import it. */
export { createTestHost } from './create-test-host.ts'
