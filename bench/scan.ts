import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parse } from 'acorn'
import { checkPackage } from '../src/archive/check-package.ts'
import { defaultArchiveLimits } from '../src/archive/limits.ts'
import { packZip } from '../src/archive/pack.ts'
import { parseModule } from '../src/archive/parse-module.ts'
import { createInspector } from '../src/inspection/inspector.ts'
import { scanPackage } from '../src/inspection/scan/scan-package.ts'
import { BENCH_MANIFEST, realFiles } from './real-files.ts'

const ROUNDS = 15

/**
 * The scan by all rules against bare parsing of the same files, in turn, medians; and what the inspector leaves of the
 * caller's event loop.
 */
export async function measureScan(): Promise<void> {
  const files = await realFiles()
  const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0)
  process.stdout.write(`${files.size} files, ${(bytes / 1e6).toFixed(1)} MB\n`)
  const manifest = Buffer.from(JSON.stringify(BENCH_MANIFEST))
  const plugin = packZip(
    new Map([...files, ['manifest.json', manifest], ['main.js', Buffer.from('export default {}')]]),
  )
  const checked = await checkPackage(plugin)
  const texts = [...files.values()].map((file) => new TextDecoder().decode(file))
  const times = { acorn: [] as number[], parse: [] as number[], scan: [] as number[] }
  for (let round = 0; round < ROUNDS; round += 1) {
    times.acorn.push(
      timeOf(() => texts.forEach((text) => parse(text, { ecmaVersion: 'latest', sourceType: 'module' }))),
    )
    times.parse.push(timeOf(() => texts.forEach((text) => parseModule(text))))
    times.scan.push(timeOf(() => scanPackage({ archive: { entries: files }, manifest: checked.manifest })))
  }
  const [acorn, ours, scan] = [times.acorn, times.parse, times.scan].map(median) as [number, number, number]
  process.stdout.write(`acorn.parse    ${acorn.toFixed(0)} ms\n`)
  process.stdout.write(`parseModule    ${ours.toFixed(0)} ms  ${(ours / acorn).toFixed(2)} times\n`)
  process.stdout.write(`scan           ${scan.toFixed(0)} ms  ${(scan / acorn).toFixed(2)} times\n`)
  await measureDelay('5 MB, 200 files', plugin)
  await measureDelay('20 MB, 2,000 files', largePlugin(manifest, [...files.values()]))
}

async function measureDelay(what: string, plugin: Uint8Array): Promise<void> {
  const inspector = createInspector()
  const options = { limits: defaultArchiveLimits, host: null, advisory: [] }
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const began = performance.now()
  const { report } = await inspector.inspect(plugin, options)
  const took = performance.now() - began
  delay.disable()
  await inspector.close()
  const first = report.findings.find(({ severity }) => severity === 'ERROR')?.check ?? 'nothing'
  process.stdout.write(
    `inspector, ${what}: ${(plugin.length / 1e6).toFixed(1)} MB packed in ${took.toFixed(0)} ms, the loop held up for ${(delay.max / 1e6).toFixed(1)} ms at most (first ERROR: ${first})\n`,
  )
}

/** As large as an upload may be: incompressible data beside code. */
function largePlugin(manifest: Uint8Array, code: readonly Uint8Array[]): Uint8Array {
  const entries = new Map<string, Uint8Array>([['manifest.json', manifest]])
  for (let index = 0; index < 1998; index += 1) {
    const isCode = index % 10 === 0
    const data = isCode ? code[index % code.length]! : crypto.getRandomValues(new Uint8Array(9_500))
    entries.set(isCode ? `code/${index}.js` : `data/${index}.bin`, data)
  }
  return packZip(entries.set('main.js', Buffer.from('export default {}')))
}

function timeOf(action: () => void): number {
  const began = performance.now()
  action()
  return performance.now() - began
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}
