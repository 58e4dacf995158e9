import { bytesOf, fromBase64, toBase64 } from './encoding.mjs'
import { hostCall } from './host-calls.mjs'
import { httpFor } from './http.mjs'
import { logFor } from './log.mjs'

/**
 * The `ctx` of one invocation. Every namespace is there for every plugin; what it may not use throws
 * `PermissionDenied` when called, since the host, not this code, decides.
 *
 * @param {number} call
 * @param {{ plugin: object, site: object, organization: object, settings: object, license?: object | null, permissions: string[] }} facts
 */
export function makeContext(call, facts) {
  const ask = (operation, input) => hostCall(call, operation, input)
  return Object.freeze({
    plugin: deepFreeze(facts.plugin),
    site: deepFreeze(facts.site),
    organization: deepFreeze(facts.organization),
    settings: deepFreeze(facts.settings),
    permissions: deepFreeze(facts.permissions),
    license: deepFreeze(facts.license ?? null),
    log: logFor(call),
    secrets: Object.freeze({ get: (key) => ask('secrets.get', { key }) }),
    events: Object.freeze({ emit: (type, payload) => ask('events.emit', { type, payload }) }),
    http: httpFor(ask),
    db: Object.freeze({ query: (sql, params = []) => ask('db.query', { sql, params }) }),
    files: files(ask),
    collections: collections(ask),
    llm: Object.freeze({ complete: (request) => ask('llm.complete', request) }),
    mail: Object.freeze({ send: (message) => ask('mail.send', message) }),
    hooks: Object.freeze({ call: (name, payload) => ask('hooks.call', { name, payload }) }),
  })
}

/** Bytes cross the border in base64. */
function files(ask) {
  return Object.freeze({
    read: async (path, { encoding = 'utf8' } = {}) => {
      if (encoding !== 'bytes') return await ask('files.read', { path, encoding })
      const content = await ask('files.read', { path, encoding: 'base64' })
      return content === null ? null : fromBase64(content)
    },
    write: (path, content, { encoding = 'utf8' } = {}) =>
      ask(
        'files.write',
        typeof content === 'string'
          ? { path, content, encoding }
          : { path, content: toBase64(bytesOf(content)), encoding: 'base64' },
      ),
    list: (prefix = '', options = {}) => ask('files.list', { ...options, prefix }),
    delete: (path) => ask('files.delete', { path }),
  })
}

function collections(ask) {
  return new Proxy(Object.freeze({}), {
    get: (_target, name) => (typeof name === 'string' ? collection(ask, name) : undefined),
  })
}

function collection(ask, name) {
  return Object.freeze({
    insert: (document) => ask('collections.insert', { collection: name, document }),
    get: (id) => ask('collections.get', { collection: name, id }),
    find: (query = {}) => ask('collections.find', { collection: name, query }),
    update: (id, changes, options = {}) =>
      ask('collections.update', { ...options, collection: name, id, changes }),
    updateMany: (updates) => ask('collections.updateMany', { collection: name, updates }),
    delete: (id, options = {}) => ask('collections.delete', { ...options, collection: name, id }),
    count: (query = {}) => ask('collections.count', { collection: name, query }),
  })
}

const freeze = Object.freeze
const keysOf = Object.keys

function deepFreeze(value) {
  if (typeof value !== 'object' || value === null) return value
  for (const key of keysOf(value)) deepFreeze(value[key])
  return freeze(value)
}
