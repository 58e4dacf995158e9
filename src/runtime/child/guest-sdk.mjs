import { readFileSync } from 'node:fs'

/** The files of the SDK, each after what it imports. */
const FILES = [
  'bridge',
  'errors',
  'crossing',
  'log',
  'host-calls',
  'encoding',
  'http',
  'context',
  'route-bodies',
  'invoke',
  'crypto',
  'structured-clone',
  'url-search-params',
  'url',
  'globals',
  'patchbay',
]

/** @type {{ name: string, source: string, cachedData?: any }[]} */
const sources = FILES.map((name) => ({
  name,
  source: readFileSync(new URL(`./guest/${name}.mjs`, import.meta.url), 'utf8'),
}))

/** Milliseconds for the SDK alone; it takes half of one. */
const REHEARSAL_MS = 1000

/** Belongs to no invocation and finds no handler. */
const CALL_OF_NOTHING = JSON.stringify({
  kind: 'HOOK',
  name: 'rehearse',
  args: [],
  context: { plugin: {}, site: {}, organization: {}, settings: {}, permissions: [] },
})

/**
 * Makes an isolate with the SDK in it and no plugin yet.
 *
 * @param {typeof import('isolated-vm')} engine
 * @param {number} memoryMb the engine's own memory limit, which is a hint only
 */
export function makeIsolate(engine, memoryMb) {
  const isolate = new engine.Isolate({ memoryLimit: memoryMb })
  const context = isolate.createContextSync()
  const port = { /** @type {(call: number, operation: string, text: string) => string} */ receive: () => '' }
  // Whatever is thrown here would reach the guest with this process's paths in it.
  context.global.setSync('patchbayRaw', (call, operation, text) => {
    try {
      return port.receive(call, operation, text)
    } catch {
      return ''
    }
  })
  const modules = new Map(sources.map((file) => [`./${file.name}.mjs`, compile(isolate, file)]))
  const find = (specifier) => modules.get(specifier)
  for (const name of ['globals', 'invoke', 'patchbay']) {
    const module = modules.get(`./${name}.mjs`)
    module.instantiateSync(context, find)
    module.evaluateSync()
  }
  const enter = context.global.getSync('patchbayEnter', { reference: true })
  context.global.deleteSync('patchbayEnter')
  // Functions are compiled when they are first called: here, where nobody waits for it.
  enter.applySync(undefined, ['call', 0, CALL_OF_NOTHING], { timeout: REHEARSAL_MS })
  return {
    memoryMb,
    isolate,
    context,
    port,
    enter,
    invokeModule: modules.get('./invoke.mjs'),
    pluginModule: modules.get('./patchbay.mjs'),
  }
}

/** @typedef {ReturnType<typeof makeIsolate>} GuestIsolate */

function compile(isolate, file) {
  const filename = `patchbay:${file.name}`
  if (file.cachedData)
    return isolate.compileModuleSync(file.source, { filename, cachedData: file.cachedData })
  const module = isolate.compileModuleSync(file.source, { filename, produceCachedData: true })
  file.cachedData = module.cachedData
  return module
}
