/**
 * The runner: a process that runs the code of one organization's plugins, and that everything is taken from before it
 * starts (see launch.ts). It trusts its parent, and nobody trusts it.
 *
 * `node … main.mjs <isolated-vm binary> <memory of a blank isolate in MB> <host calls> <log lines>`
 */
import { loadEngine } from './engine.mjs'
import { openFrames } from './frames.mjs'
import { makeIsolate } from './guest-sdk.mjs'
import { Invocation } from './invocation.mjs'
import { PluginIsolate } from './plugin-isolate.mjs'

/** Milliseconds that a plugin's `onUnload` may take. */
const FAREWELL_MS = 500
/** Milliseconds after which a blank isolate is made anew, so that the call at hand is not kept waiting by it. */
const REFILL_MS = 20

/** Milliseconds for a plugin of our own; it takes some 3. */
const REHEARSAL_MS = 1000

const engine = loadEngine(process.argv[2])
const blankMemoryMb = Number(process.argv[3])

/** @type {Map<number, PluginIsolate>} */
const isolates = new Map()
/** Code by digest, shared by the installations of a package. @type {Map<string, any>} */
const codes = new Map()
/** @type {import('./guest-sdk.mjs').GuestIsolate | undefined} */
let blank

const tell = openFrames(onFrame, () => process.kill(process.pid, 'SIGKILL'))
refill()
rehearse()
tell({ t: 'ready' })

function onFrame(head, body) {
  switch (head.t) {
    case 'call':
      isolates.get(head.isolate)?.begin(new Invocation(head.call, head.timeoutMs), head.path, body)
      break
    case 'answer':
    case 'refuse':
      isolates.get(head.isolate)?.answer(head.call, head.t, head.ticket, body)
      break
    case 'code':
      codes.set(head.digest, {
        entry: head.entry,
        sources: { __proto__: null, ...JSON.parse(body) },
        cache: new Map(),
      })
      break
    case 'forget':
      codes.delete(head.digest)
      break
    case 'open':
      isolates.set(head.isolate, new PluginIsolate(takeIsolate(head.memoryMb), codes.get(head.digest), tell))
      break
    case 'close':
      close(head.isolate, head.call)
      break
    case 'dispose':
      isolates.get(head.isolate)?.dispose()
      isolates.delete(head.isolate)
      break
  }
}

function close(number, id) {
  const isolate = isolates.get(number)
  isolates.delete(number)
  if (!isolate || isolate.guest.isolate.isDisposed) {
    tell({ t: 'closed', isolate: number })
    return
  }
  isolate.unload(new Invocation(id, FAREWELL_MS), () => {
    isolate.dispose()
    tell({ t: 'closed', isolate: number })
  })
}

function takeIsolate(memoryMb) {
  if (blank?.memoryMb !== memoryMb) return makeIsolate(engine, memoryMb)
  const taken = blank
  blank = undefined
  setTimeout(refill, REFILL_MS)
  return taken
}

function refill() {
  blank ??= makeIsolate(engine, blankMemoryMb)
}

/** Runs a plugin of our own once and throws it away: what is first called is slow, and nobody waits for this one. */
function rehearse() {
  const sources = { 'main.js': 'export default { hooks: { rehearse: async (ctx, it) => ({ it }) } }' }
  const isolate = new PluginIsolate(
    makeIsolate(engine, blankMemoryMb),
    { entry: 'main.js', sources, cache: new Map() },
    () => {},
  )
  const facts = '{"plugin":{},"site":{},"organization":{},"settings":{},"permissions":[]}'
  const call = `{"kind":"HOOK","name":"rehearse","args":[1],"context":${facts}}`
  isolate.begin(new Invocation(1, REHEARSAL_MS), undefined, call)
  isolate.dispose()
}
