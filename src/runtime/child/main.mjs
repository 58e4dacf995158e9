/**
 * The runner: a process that runs the code of one organization's plugins, and that everything is taken from before it
 * starts (see launch.ts). It trusts its parent, and nobody trusts it.
 *
 * `node … main.mjs <isolated-vm binary> <memory of a blank isolate in MB>`
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

const engine = loadEngine(process.argv[2])
const blankMemoryMb = Number(process.argv[3])

/** @type {Map<number, PluginIsolate>} */
const isolates = new Map()
/** @type {Map<number, Invocation>} */
const invocations = new Map()
/** Code by digest, shared by the installations of a package. @type {Map<string, any>} */
const codes = new Map()
/** @type {import('./guest-sdk.mjs').GuestIsolate | undefined} */
let blank

const tell = openFrames(onFrame, () => process.kill(process.pid, 'SIGKILL'))
refill()
tell({ t: 'ready' })

function onFrame(head, body) {
  switch (head.t) {
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
    case 'call':
      call(head, body)
      break
    case 'answer':
    case 'refuse': {
      const invocation = invocations.get(head.call)
      if (invocation) isolates.get(invocation.isolate)?.answer(invocation, head.t, head.ticket, body)
      break
    }
    case 'close':
      close(head.isolate, head.call)
      break
    case 'dispose':
      isolates.get(head.isolate)?.dispose()
      isolates.delete(head.isolate)
      break
  }
  for (const [id, invocation] of invocations) if (invocation.ended) invocations.delete(id)
}

function call(head, body) {
  const invocation = new Invocation(head.call, head.timeoutMs, head.isolate)
  invocations.set(head.call, invocation)
  isolates.get(head.isolate)?.begin(invocation, head.path, body)
}

function close(number, id) {
  const isolate = isolates.get(number)
  isolates.delete(number)
  if (!isolate || isolate.guest.isolate.isDisposed) {
    tell({ t: 'closed', isolate: number })
    return
  }
  isolate.unload(new Invocation(id, FAREWELL_MS, number), () => {
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
