import type { Made, Registry } from './memory-source.ts'
import type { Puzzle } from './every-solution.ts'

const VERSIONS = ['1.0.0', '1.1.0', '2.0.0', '2.1.0-beta.1', '3.0.0-rc.1', '1.2.0+build.5']
const RANGES = [
  '*',
  '^1.0.0',
  '<2',
  '>=1.1.0',
  '2.x',
  '^2.1.0-beta.1',
  '>=3.0.0-rc.1',
  '1.0.0 || 2.0.0',
  '>=2 <2',
]
const HOSTS = ['>=2', '<1.2', '^1.4.0']

/** A small graph with a bit of everything; the same for the same seed. */
export function randomPuzzle(seed: number): Puzzle {
  const random = mulberry32(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const chance = (share: number): boolean => random() < share
  const slugs = ['root', 'a', 'b', 'c', 'd', 'e'].slice(0, 3 + below(4))
  const density = 0.15 + random() * 0.5
  const ranges = (share: number, from: string[]): Record<string, string> =>
    Object.fromEntries(from.filter(() => chance(share)).map((slug) => [slug, RANGES[below(RANGES.length)]!]))
  const registry: Registry = {}
  for (const slug of slugs) {
    const versions = VERSIONS.filter((it) => it === '1.0.0' || chance(slug === 'root' ? 0.2 : 0.4))
    // Circles are the rarer kind of graph.
    const others = slugs.filter((it) => it !== slug && (it > slug || slug === 'root' || chance(0.25)))
    for (const version of chance(0.93) ? versions : []) {
      const on = ranges(density, others)
      const free = slugs.filter((it) => it !== slug && !(it in on))
      const made: Made = { on, maybe: ranges(0.15, free), not: ranges(0.06, free) }
      if (chance(0.06)) made.host = HOSTS[below(HOSTS.length)]!
      if (chance(0.1)) made.adds = [`module "${'xy'[below(2)]!}"`]
      registry[`${slug} ${version}`] = made
    }
  }
  const names = Object.keys(registry)
  const roots = names.filter((name) => name.startsWith('root '))
  if (roots.length === 0) return randomPuzzle(seed + 1_000_000)
  const root = roots[below(roots.length)]!
  const there = slugs.flatMap((slug) => {
    const all = names.filter((name) => name.startsWith(`${slug} `))
    return chance(slug === 'root' ? 0.15 : 0.35) && all.length > 0 ? [all[below(all.length)]!] : []
  })
  const revoked = there.filter((name) => name !== root && chance(0.15))
  const installed = there.filter((name) => !revoked.includes(name))
  return { registry, root, host: '1.5.0', installed, revoked, includeOptional: chance(0.4) }
}

/** Tommy Ettinger's generator of 32 bits: small, and the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
