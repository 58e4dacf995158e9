import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parse } from 'acorn'
import { checkPackage } from '../src/archive/check-package.ts'
import { defaultArchiveLimits } from '../src/archive/limits.ts'
import { packZip } from '../src/archive/pack.ts'
import { parseModule } from '../src/archive/parse-module.ts'
import { createInspector } from '../src/inspection/inspector.ts'
import { scanPackage } from '../src/inspection/scan/scan-package.ts'

const MODULES = path.join(import.meta.dirname, '../node_modules')
/** ES modules as people write, compile and bundle them; a few are minified. */
const PACKAGES = [
  ...['acorn', 'axios', 'chai', 'croner', 'd3-array', 'd3-geo', 'd3-scale', 'd3-shape', 'diff', 'fast-check'],
  ...[
    'fast-xml-parser',
    'formatly',
    'graphile-worker',
    'graphql',
    'graphql-yoga',
    'minimatch',
    'postgres',
    'remeda',
  ],
  ...[
    'yargs',
    'zod',
    '@azure/core-client',
    '@azure/core-rest-pipeline',
    '@azure/identity',
    '@azure/msal-common',
  ],
  ...[
    '@azure/msal-browser',
    '@azure/storage-blob',
    '@graphql-tools/merge',
    '@graphql-tools/utils',
    'apache-arrow',
  ],
]
const FILES = 200
const BYTES = 5_000_000
const ROUNDS = 15
const MANIFEST = {
  manifestVersion: 1,
  id: 'scan-bench',
  name: 'Scan bench',
  version: '1.0.0',
  description: 'Two hundred real files.',
  author: 'Patchbay',
  type: 'integration',
  entry: 'main.js',
  engines: { host: '*', api: '^1' },
  permissions: [],
}

/**
 * The scan by all rules against bare parsing of the same files, in turn, medians; and what the inspector leaves of the
 * caller's event loop.
 */
export async function measureScan(): Promise<void> {
  const files = await realFiles()
  const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0)
  process.stdout.write(`${files.size} files, ${(bytes / 1e6).toFixed(1)} MB\n`)
  const manifest = Buffer.from(JSON.stringify(MANIFEST))
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

/** Spread over the packages; of each, the files of middling size, which make up 5 MB together. */
async function realFiles(): Promise<Map<string, Uint8Array>> {
  const candidates: { name: string; bytes: Uint8Array }[] = []
  for (const name of PACKAGES) {
    const listed = await readdir(path.join(MODULES, name), { recursive: true })
    for (const file of listed.filter((it) => /\.m?js$/.test(it) && !it.includes('node_modules')).toSorted()) {
      const bytes = await readFile(path.join(MODULES, name, file))
      if (bytes.length < 1_000 || bytes.length > 400_000 || !isModule(bytes)) continue
      candidates.push({ name: `${name.replace('/', '-')}/${file}`, bytes })
    }
  }
  // The average of what is taken is to be that of such a plugin.
  const wanted = BYTES / FILES
  const near = candidates.toSorted(
    (a, b) => Math.abs(Math.log(a.bytes.length / wanted)) - Math.abs(Math.log(b.bytes.length / wanted)),
  )
  return new Map(near.slice(0, FILES).map(({ name, bytes }) => [name, bytes]))
}

function isModule(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes)
  if (!/^(?:import|export)\b/m.test(text)) return false
  try {
    parseModule(text)
    return true
  } catch {
    return false
  }
}

function timeOf(action: () => void): number {
  const began = performance.now()
  action()
  return performance.now() - began
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}
