/** Why a plugin's code could not be loaded, in words for its author. */
export class LoadError extends Error {}

/**
 * Compiles and links what `path` needs, and gives back the module that registers it with the SDK when evaluated.
 *
 * The whole graph is read before anything is linked, so that linking itself can ask for nothing that is not there, and
 * a cycle is nothing special.
 *
 * @param {import('./guest-sdk.mjs').GuestIsolate} guest
 * @param {{ sources: Record<string, string>, compiled: Map<string, any>, cache: Map<string, any> }} code
 * @param {string} path of a module in the archive
 * @param {boolean} isEntry
 */
export function linkModule(guest, code, path, isEntry) {
  const { isolate, context, invokeModule, pluginModule } = guest
  const registration = isolate.compileModuleSync(
    `import * as namespace from 'plugin'\nimport { register } from 'sdk'\nregister(${JSON.stringify(path)}, namespace, ${isEntry})`,
    { filename: 'patchbay:register' },
  )
  /** @type {Map<any, string>} */
  const pathOf = new Map()
  const waiting = [path]
  while (waiting.length > 0) {
    const next = waiting.pop()
    const module = code.compiled.get(next) ?? compile(isolate, code, next)
    pathOf.set(module, next)
    for (const specifier of module.dependencySpecifiers) {
      if (specifier === 'patchbay') continue
      const target = resolveImport(next, specifier)
      if (!Object.hasOwn(code.sources, target)) {
        throw new LoadError(`${next} imports '${specifier}', but there is no ${target} in the archive.`)
      }
      if (!code.compiled.has(target)) waiting.push(target)
    }
  }
  registration.instantiateSync(context, (specifier, importer) => {
    if (importer === registration) return specifier === 'sdk' ? invokeModule : code.compiled.get(path)
    if (specifier === 'patchbay') return pluginModule
    const from = pathOf.get(importer) ?? pathAmong(code.compiled, importer)
    return code.compiled.get(resolveImport(from, specifier))
  })
  return registration
}

function pathAmong(compiled, module) {
  for (const [path, candidate] of compiled) if (candidate === module) return path
  throw new LoadError('The module that imports is unknown.')
}

function compile(isolate, code, path) {
  const source = path.endsWith('.json') ? jsonModule(path, code.sources[path]) : code.sources[path]
  const cachedData = code.cache.get(path)
  const module = isolate.compileModuleSync(
    source,
    cachedData ? { filename: path, cachedData } : { filename: path, produceCachedData: true },
  )
  if (!cachedData && module.cachedData) code.cache.set(path, module.cachedData)
  code.compiled.set(path, module)
  return module
}

/** `import data from './data.json' with { type: 'json' }`. Parsed again inside, so that `__proto__` stays a mere key. */
function jsonModule(path, text) {
  try {
    JSON.parse(text)
  } catch {
    throw new LoadError(`${path} is not valid JSON.`)
  }
  return `export default JSON.parse(${JSON.stringify(text)})`
}

/**
 * The path in the archive that an import means.
 *
 * @param {string} importer
 * @param {string} specifier
 */
export function resolveImport(importer, specifier) {
  if (!/^\.\.?\//.test(specifier)) {
    throw new LoadError(
      `${importer} imports '${specifier}': only 'patchbay' and relative paths inside the archive can be imported.`,
    )
  }
  const parts = importer.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) {
      throw new LoadError(`${importer} imports '${specifier}', which lies outside the archive.`)
    }
  }
  return parts.join('/')
}

/** What is told where a module could not be loaded, or threw as it was: the plugin's own lines, none of this process. */
export function describeLoadFailure(error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const own = error instanceof LoadError ? undefined : stack?.split(/\n\s+at \(<isolated-vm boundary>\)/)[0]
  return JSON.stringify({ type: 'other', name, message, stack: own })
}
