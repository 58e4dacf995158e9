/**
 * The same isolate, SDK and plugin without a child, entered asynchronously, as whoever embeds isolated-vm would; by
 * the flags of a child, or with the compiler that it does without: `node [--jitless] in-process.mjs <folder of the runner> <engine> <plugin> <call>`, whose body
 * is what the runner would get. Answers each line that it reads with calls a second, one after the other, and the
 * milliseconds of a bare isolate, context, compilation and first call.
 */
import { createInterface } from 'node:readline'

const [, , folder, binary, plugin, body] = process.argv
const { loadEngine } = await import(`${folder}/engine.mjs`)
const { makeIsolate } = await import(`${folder}/guest-sdk.mjs`)
const { linkModule } = await import(`${folder}/modules.mjs`)
const engine = loadEngine(binary)
const guest = makeIsolate(engine, 100)
const waiting = new Map()
let last = 0
guest.port.receive = (call, operation, text) => {
  if (operation === 'done') waiting.get(call)?.(text)
  waiting.delete(call)
  return ''
}
const code = { entry: 'main.js', sources: { 'main.js': plugin }, compiled: new Map(), cache: new Map() }
linkModule(guest, code, 'main.js', true).evaluateSync()

function call() {
  last += 1
  const { promise, resolve, reject } = Promise.withResolvers()
  waiting.set(last, resolve)
  guest.enter.apply(undefined, ['call', last, body], { timeout: 5000 }).catch(reject)
  return promise
}

/** What the plugin does, with nothing around it. */
const BARE = `globalThis.call = async (text) => JSON.stringify(await hook(...JSON.parse(text).args))
const hook = async (order) => ({ ok: true, name: order.name })`

async function bareFirstCall() {
  const began = performance.now()
  const isolate = new engine.Isolate({ memoryLimit: 100 })
  const context = await isolate.createContext()
  const script = await isolate.compileScript(BARE)
  await script.run(context)
  const entrance = await context.global.get('call', { reference: true })
  await entrance.apply(undefined, [body], { timeout: 5000, result: { promise: true, copy: true } })
  const ms = performance.now() - began
  isolate.dispose()
  return ms
}

for await (const line of createInterface({ input: process.stdin })) {
  const calls = Number(line)
  const began = performance.now()
  for (let left = calls; left > 0; left -= 1) await call()
  const perSecond = calls / ((performance.now() - began) / 1000)
  process.stdout.write(`${JSON.stringify({ perSecond, firstMs: await bareFirstCall() })}\n`)
}
