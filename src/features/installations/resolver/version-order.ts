import type { Literal } from '../../../lib/sat-trail.ts'
import { refuses, type Limit, type Slot } from './plan-slots.ts'
import type { Ranges } from './ranges.ts'

/** Literals one of which holds. */
export type Disjunction = readonly Literal[]

/**
 * Versions as an order: of those offered, highest first, each gets a literal that holds where it or a higher one is taken; the last
 * of these is `taken`. At most one version is taken then, and a range is said by where it begins and ends: the search learns about
 * ranges instead of single versions, and needs a fraction of the contradictions (order encoding: Tamura and others, 2009).
 */
export function orderVersions(
  offered: readonly Literal[],
  taken: Literal,
  newVariable: () => Literal,
): { upTo: Literal[]; rules: Disjunction[] } {
  const upTo: Literal[] = []
  const rules: Disjunction[] = offered.length === 0 ? [[-taken]] : []
  for (const [at, version] of offered.entries()) {
    const higher = upTo.at(-1)
    const here = at === offered.length - 1 ? taken : higher === undefined ? version : newVariable()
    upTo.push(here)
    if (here === version) continue
    rules.push([-version, here])
    if (higher === undefined) rules.push([-here, version])
    else rules.push([-higher, here], [-version, -higher], [-here, higher, version])
  }
  return { upTo, rules }
}

/** What a limit leaves of the versions offered at its slot. */
export function limitVersions({ choices, upTo, taken }: Slot, limit: Limit, ranges: Ranges): Disjunction[] {
  const offered = choices.filter((it) => it.kind === 'OFFERED')
  if (offered.length === 0) return []
  const isLeft = (it: (typeof choices)[number]): boolean => !refuses(limit.bearing, it, limit.range, ranges)
  const left = offered.map(isLeft)
  const first = left.indexOf(true)
  const last = left.lastIndexOf(true)
  if (first === -1) return [[-limit.literal, -taken]]
  const rules: Disjunction[] = []
  if (first > 0) rules.push([-limit.literal, -upTo[first - 1]!])
  if (last < offered.length - 1) {
    const needsNone = choices.some((it) => it.kind !== 'OFFERED' && isLeft(it))
    rules.push(needsNone ? [-limit.literal, -taken, upTo[last]!] : [-limit.literal, upTo[last]!])
  }
  for (let at = first + 1; at < last; at += 1) {
    if (!left[at]) rules.push([-limit.literal, -offered[at]!.literal])
  }
  return rules
}
