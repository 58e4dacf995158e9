// Loaded before the tests of a plugin: they import `patchbay/testing` from wherever the plugin lies.
import { registerHooks } from 'node:module'

const TESTING = new URL('./testing.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'patchbay/testing' ? { url: TESTING, shortCircuit: true } : next(specifier, context),
})
