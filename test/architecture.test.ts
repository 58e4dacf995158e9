import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'

const SRC = path.join(import.meta.dirname, '../src')

/** From the bottom to the top; a file imports only from its own layer and those below. */
const LAYERS = [
  ['lib'],
  ['generated'],
  ['config', 'config.ts'],
  ['platform'],
  ['archive'],
  ['inspection'],
  ['runtime'],
  ['app.ts'],
  ['events'],
  ['auth'],
  ['graphql'],
  ['features'],
  ['bootstrap.ts', 'schema.ts', 'tasks.ts', 'reactions.ts', 'create-app.ts'],
  ['edge', 'worker.ts'],
  ['service.ts'],
  ['main.ts', 'cli', 'testing'],
]

/** What lies higher and is known below only by its type: the App holds it, and never calls into it. */
const TYPES_OF_THE_APP = new Set(['app.ts → events/tail.ts', 'app.ts → config.ts'])

interface Import {
  from: string
  to: string
  typeOnly: boolean
}

/** Typed documents of the graph, which only its clients need: the command line, not the server. */
const DOCUMENTS = '../schema/generated/'

let imports: Import[]
beforeAll(async () => {
  const files = (await readdir(SRC, { recursive: true })).filter((file) => /\.(ts|mjs)$/.test(file))
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(path.join(SRC, file), 'utf8')
      const statements = text.matchAll(/^(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"](\.{1,2}\/[^'"]+)['"]/gm)
      return [...statements].map((statement) => ({
        from: file,
        to: path.join(path.dirname(file), statement[1]!),
        typeOnly: /^(?:import|export) type\s/.test(statement[0]),
      }))
    }),
  )
  imports = found
    .flat()
    .filter((it) => !it.from.startsWith('generated'))
    .filter((it) => !(it.from.startsWith('cli/') && it.to.startsWith(DOCUMENTS)))
})

function layerOf(file: string): number {
  const top = file.split('/')[0]!
  return LAYERS.findIndex((names) => names.includes(top))
}

const arrow = ({ from, to }: Import): string => `${from} → ${to}`

test('every file lies in a layer, and every import is one of a file that is there', () => {
  expect(imports.length).toBeGreaterThan(300)
  expect(imports.filter((it) => layerOf(it.from) < 0 || layerOf(it.to) < 0).map(arrow)).toEqual([])
})

test('imports point downwards', () => {
  const upwards = imports.filter((it) => layerOf(it.to) > layerOf(it.from))
  expect(upwards.filter((it) => !(it.typeOnly && TYPES_OF_THE_APP.has(arrow(it)))).map(arrow)).toEqual([])
})

test('the runtime knows no database and no GraphQL; the archive and the resolver only what is pure', () => {
  const below = (folder: string, allowed: string[]): string[] =>
    imports
      .filter((it) => it.from.startsWith(`${folder}/`) && !allowed.some((name) => it.to.startsWith(name)))
      .map(arrow)
  expect(below('archive', ['archive/', 'lib/'])).toEqual([])
  expect(below('inspection', ['inspection/', 'archive/', 'lib/'])).toEqual([])
  const runtime = below('runtime', ['runtime/', 'lib/', 'platform/clock.ts', 'platform/log.ts'])
  expect(runtime).toEqual([])
  const resolver = 'features/installations/resolver'
  expect(below(resolver, [`${resolver}/`, 'lib/'])).toEqual([])
})

test('an operation of a feature knows nothing of the graph', () => {
  const graphFile = /(^|[-/])(graphql|subscription|mutations|enums|report)\.ts$/
  const offenders = imports.filter(
    (it) =>
      it.from.startsWith('features/') &&
      !graphFile.test(it.from) &&
      it.to.startsWith('graphql/') &&
      it.to !== 'graphql/global-id.ts',
  )
  expect(offenders.map(arrow)).toEqual([])
})

test('features need each other in one direction only', () => {
  const edges = new Map<string, Set<string>>()
  for (const { from, to } of imports) {
    const [a, b] = [from, to].map((file) => /^features\/([^/]+)\//.exec(file)?.[1])
    if (a === undefined || b === undefined || a === b) continue
    edges.set(a, (edges.get(a) ?? new Set()).add(b))
  }
  expect(findCycle(edges)).toBeNull()
})

test('no two files need each other, by way of however many', () => {
  const edges = new Map<string, Set<string>>()
  for (const { from, to, typeOnly } of imports)
    if (!typeOnly) edges.set(from, (edges.get(from) ?? new Set()).add(to))
  expect(findCycle(edges)).toBeNull()
})

/** Names along a circle, or null where there is none. */
function findCycle(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] | null {
  const done = new Set<string>()
  const visit = (name: string, trail: string[]): string[] | null => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name]
    if (done.has(name)) return null
    for (const next of edges.get(name) ?? []) {
      const cycle = visit(next, [...trail, name])
      if (cycle !== null) return cycle
    }
    done.add(name)
    return null
  }
  for (const name of edges.keys()) {
    const cycle = visit(name, [])
    if (cycle !== null) return cycle
  }
  return null
}
