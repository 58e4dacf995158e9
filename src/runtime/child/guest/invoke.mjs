import { onEnter, parse, send, stringify } from './bridge.mjs'
import { makeContext } from './context.mjs'
import { RETURNED, crossing } from './crossing.mjs'
import { describeError } from './errors.mjs'
import { endCalls } from './host-calls.mjs'
import { answerOf, requestOf } from './route-bodies.mjs'

/** Characters; the host measures bytes, this only keeps what is far too large from crossing. */
const MAX_JSON = 1024 * 1024

const apply = Reflect.apply
const hasOwn = Object.hasOwn

/** What the modules of the archive export, by path. */
const namespaces = Object.create(null)
let entry = ''
/** The running or finished `onLoad`, which every invocation waits for. */
let loading
/** The facts of the latest invocation, for `onUnload`. */
let lastFacts

/**
 * Called by the module that the host writes around the entry.
 *
 * @param {string} path
 * @param {object} namespace
 * @param {boolean} isEntry
 */
export function register(path, namespace, isEntry) {
  namespaces[path] = namespace
  if (isEntry) entry = path
  send(0, 'registered', path)
}

onEnter('call', (call, text) => {
  void run(call, parse(text), text)
})

onEnter('unload', (call) => {
  void unload(call)
})

async function run(call, { kind, name, args, context }, text) {
  let inHandler = false
  try {
    lastFacts = context
    const definition = definitionOf()
    const ctx = makeContext(call, context)
    if (typeof definition.onLoad === 'function') {
      loading ??= (async () => definition.onLoad(ctx))()
      try {
        await loading
      } catch (error) {
        send(call, 'unusable', '')
        throw error
      }
    }
    const found = findHandler(definition, kind, name)
    if (found === undefined) {
      if (TABLES[kind])
        send(call, 'log.warn', `There is no handler for ${name} in ${TABLES[kind]} of ${entry}.`)
      send(call, 'done', '')
      return
    }
    inHandler = true
    const isRoute = kind === 'ROUTE'
    const given = isRoute ? [requestOf(args[0])] : args
    const answer = await apply(found.handler, found.receiver, [ctx, ...given])
    const value = crossing(call, name, RETURNED, isRoute ? answerOf(answer) : answer)
    if (value === undefined && kind === 'FILTER') warnOfLostChange(call, name, args[0], text)
    endCalls(call, true)
    if (value !== undefined && value.length > MAX_JSON) {
      throw new RangeError(`The result is larger than 1 MiB of JSON (${value.length} characters).`)
    }
    send(call, 'done', value === undefined ? 'undefined' : value)
  } catch (error) {
    endCalls(call, false)
    send(call, 'failed', describeError(error, inHandler))
  }
}

/** A filter that changes the value in place and gives nothing back changes nothing. */
function warnOfLostChange(call, name, value, text) {
  if (stringify(value) === stringify(parse(text).args[0])) return
  send(
    call,
    'log.warn',
    `${name} changed its value and returned nothing: the value goes on as it was. Return it.`,
  )
}

async function unload(call) {
  try {
    const definition = definitionOf()
    if (typeof definition.onUnload === 'function' && lastFacts) {
      await definition.onUnload(makeContext(call, lastFacts))
    }
    send(call, 'done', '')
  } catch (error) {
    send(call, 'failed', describeError(error, false))
  }
}

function definitionOf() {
  const definition = namespaces[entry]?.default
  return typeof definition === 'object' && definition !== null ? definition : {}
}

/** Where the handlers of a kind stand in the definition. */
const TABLES = {
  __proto__: null,
  HOOK: 'hooks',
  EVENT: 'events',
  FILTER: 'filters',
  ROUTE: 'routes',
  JOB: 'jobs',
}

function findHandler(definition, kind, name) {
  if (kind === 'TRANSFORM' || kind === 'MIGRATION') {
    const [path, exported = 'default'] = name.split('#')
    return own(namespaces[path], exported)
  }
  if (kind === 'HEALTH') return own(definition, 'health')
  if (kind === 'LIFECYCLE') return own(definition, name)
  const table = definition[TABLES[kind]]
  return own(table, name) ?? (kind === 'EVENT' ? byPattern(table, name) : undefined)
}

/** The handler of the longest pattern `a.b.*` that the event's type lies below. */
function byPattern(table, type) {
  const parts = type.split('.')
  for (let length = parts.length - 1; length >= 0; length -= 1) {
    const found = own(table, [...parts.slice(0, length), '*'].join('.'))
    if (found) return found
  }
  return undefined
}

function own(object, key) {
  if (object === undefined || object === null || !hasOwn(object, key)) return undefined
  const handler = object[key]
  return typeof handler === 'function' ? { handler, receiver: object } : undefined
}
