import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseModule } from '../src/archive/parse-module.ts'

const MODULES = path.join(import.meta.dirname, '../node_modules')
/** ES modules as people write, compile and bundle them; a few are minified. */
const PACKAGES = (
  'acorn axios chai croner d3-array d3-geo d3-scale d3-shape diff fast-check fast-xml-parser formatly graphile-worker graphql ' +
  'graphql-yoga minimatch postgres remeda yargs zod @azure/core-client @azure/core-rest-pipeline @azure/identity ' +
  '@azure/msal-common @azure/msal-browser @azure/storage-blob @graphql-tools/merge @graphql-tools/utils apache-arrow'
).split(' ')
const FILES = 200
const BYTES = 5_000_000

/** A good manifest beside these files: what is measured is a plugin that is let in. */
export const BENCH_MANIFEST = {
  manifestVersion: 1,
  id: 'bench',
  name: 'Bench',
  version: '1.0.0',
  description: 'Two hundred real files.',
  author: 'Patchbay',
  type: 'integration',
  entry: 'main.js',
  engines: { host: '*', api: '^1' },
  permissions: [],
}

/**
 * The files of a real plugin of 5 MB, by path: source text of installed packages, spread over them; of all
 * their files, ordered by size, the first 200 in a row that make up 5 MB.
 */
export async function realFiles(): Promise<Map<string, Uint8Array>> {
  const candidates: { name: string; bytes: Uint8Array }[] = []
  for (const name of PACKAGES) {
    const listed = await readdir(path.join(MODULES, name), { recursive: true })
    for (const file of listed.filter((it) => /\.m?js$/.test(it) && !it.includes('node_modules')).toSorted()) {
      const bytes = await readFile(path.join(MODULES, name, file))
      if (bytes.length < 1_000 || bytes.length > 400_000 || !isModule(bytes)) continue
      candidates.push({ name: `${name.replace('/', '-')}/${file}`, bytes })
    }
  }
  candidates.sort((a, b) => a.bytes.length - b.bytes.length)
  const start = candidates.findIndex((_, index) => sizeOf(candidates.slice(index, index + FILES)) >= BYTES)
  return new Map(candidates.slice(start, start + FILES).map(({ name, bytes }) => [name, bytes]))
}

function sizeOf(files: readonly { bytes: Uint8Array }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes.length, 0)
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
