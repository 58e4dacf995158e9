import semver from 'semver'
import type { Made, Registry } from './memory-source.ts'

/** What is asked, in plain words of the test. */
export interface Puzzle {
  registry: Registry
  root: string
  host: string
  installed: string[]
  revoked: string[]
  includeOptional: boolean
}

/** What is at the site in the end, by slug, and what of it the plan is made of. */
type Site = Map<string, string>

interface Solution {
  /** `slug version` of all in the plan, sorted. */
  plan: string[]
  /** Smaller is better, from the left. */
  rank: number[]
}

/** How far one try has come. */
interface Partly {
  at: number
  plan: Site
  rank: number[]
  upgraded: Set<string>
  /** What comes next is upgraded, though nothing needs it. */
  unasked: boolean
}

const held = new Map<string, boolean>()

/** node-semver's answer, asked once for each of the few ranges and versions there are. */
function satisfies(version: string, range: string, includePrerelease = false): boolean {
  const key = `${version}/${range}/${includePrerelease}`
  const known = held.get(key) ?? semver.satisfies(version, range, { includePrerelease })
  held.set(key, known)
  return known
}

/**
 * Tries everything: every set of installed ones that are upgraded, and every version of all that is needed then. It shares
 * nothing with the solver, and is told the rules anew: what a solution is, and which one is better.
 */
export function everySolution(puzzle: Puzzle, circles: boolean): Solution[] {
  const { registry, installed, revoked, includeOptional } = puzzle
  const [rootSlug, rootVersion] = puzzle.root.split(' ') as [string, string]
  const before: Site = new Map([...installed, ...revoked].map((name) => name.split(' ') as [string, string]))
  const dead = new Set(revoked.map((name) => name.split(' ')[0]!))
  const made = (slug: string, version: string): Made => registry[`${slug} ${version}`]!
  const offers = new Map<string, string[]>()
  for (const name of Object.keys(registry)) {
    const [slug, version] = name.split(' ') as [string, string]
    const there = before.get(slug)
    const isOffered = !revoked.includes(name) && (there === undefined || semver.gt(version, there))
    if (isOffered) offers.set(slug, [...(offers.get(slug) ?? []), version].sort(semver.rcompare))
  }
  const solutions: Solution[] = []
  const keepable = [...before.keys()].filter((slug) => !dead.has(slug) && slug !== rootSlug).sort()
  for (let set = 0; set < 2 ** keepable.length; set += 1) {
    const upgraded = new Set(keepable.filter((_slug, at) => (set & (1 << (keepable.length - 1 - at))) !== 0))
    const first = keepable.map((slug) => (upgraded.has(slug) ? 1 : 0))
    extend([rootSlug], { at: 0, plan: new Map(), rank: first, upgraded, unasked: false })
  }
  return solutions

  function extend(queue: string[], so: Partly): void {
    const { at, plan, rank, upgraded } = so
    if (at === queue.length) {
      const forgotten = [...upgraded].sort().find((slug) => !queue.includes(slug))
      if (forgotten === undefined) finish(plan, rank)
      else extend([...queue, forgotten], { ...so, unasked: true })
      return
    }
    const slug = queue[at]!
    for (const [index, version] of optionsOf(slug, upgraded, so.unasked).entries()) {
      const next = { at: at + 1, plan, rank: [...rank, index], upgraded, unasked: false }
      if (version === null) {
        extend(queue, next)
        continue
      }
      const { on = {}, maybe = {} } = made(slug, version)
      const isNew = before.get(slug) !== version
      const wanted = Object.keys(maybe).filter(
        (other) => includeOptional && isNew && (upgraded.has(other) || !keepable.includes(other)),
      )
      const fresh = [...Object.keys(on), ...wanted].filter((other) => !queue.includes(other))
      extend([...queue, ...fresh.sort()], { ...next, plan: new Map(plan).set(slug, version) })
    }
  }

  function optionsOf(slug: string, upgraded: Set<string>, unasked: boolean): (string | null)[] {
    if (slug === rootSlug) return [rootVersion]
    if (keepable.includes(slug) && !upgraded.has(slug)) return [before.get(slug)!]
    const versions = offers.get(slug) ?? []
    if (upgraded.has(slug)) {
      const isPre = (version: string): number => (semver.prerelease(version) === null ? 0 : 1)
      return unasked ? versions.toSorted((a, b) => isPre(a) - isPre(b)) : versions
    }
    // Whether it may be left out is seen in the end: only optional ones may.
    return [...versions, null]
  }

  function finish(plan: Site, rank: number[]): void {
    const site: Site = new Map([...[...before].filter(([slug]) => !dead.has(slug)), ...plan])
    const changed = (slug: string): boolean => plan.has(slug) && plan.get(slug) !== before.get(slug)
    if (before.has(rootSlug) && semver.lt(rootVersion, before.get(rootSlug)!)) return
    for (const [slug, version] of site) {
      const { on = {}, maybe = {}, not = {}, host = '*', adds = [] } = made(slug, version)
      const inPlan = plan.has(slug)
      if (inPlan && !satisfies(puzzle.host, host, true)) return
      for (const [other, range] of Object.entries(on)) {
        const there = inPlan ? plan.get(other) : changed(other) ? plan.get(other) : undefined
        if (inPlan && there === undefined) return
        if (there !== undefined && !satisfies(there, range)) return
      }
      for (const [other, range] of Object.entries(maybe)) {
        const there = site.get(other)
        if (there === undefined || (!changed(slug) && !changed(other))) continue
        if (!satisfies(there, range)) return
      }
      for (const [other, range] of Object.entries(not)) {
        const there = site.get(other)
        if (other === slug || there === undefined || (!changed(slug) && !changed(other))) continue
        if (satisfies(there, range, true)) return
      }
      for (const [other, there] of site) {
        if (other === slug || (!changed(slug) && !changed(other))) continue
        if ((made(other, there).adds ?? []).some((it) => adds.includes(it))) return
      }
    }
    if (!circles && [...plan.keys()].some((slug) => reaches(plan, slug, slug))) return
    solutions.push({ plan: [...plan].map(([slug, version]) => `${slug} ${version}`).sort(), rank })
  }

  function reaches(plan: Site, from: string, to: string): boolean {
    const seen = new Set<string>()
    const waiting = [from]
    for (let slug = waiting.pop(); slug !== undefined; slug = waiting.pop()) {
      for (const next of Object.keys(made(slug, plan.get(slug)!).on ?? {})) {
        if (next === to) return true
        if (plan.has(next) && !seen.has(next)) waiting.push(next)
        seen.add(next)
      }
    }
    return false
  }
}
