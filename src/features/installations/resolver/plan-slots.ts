import type { SemVer } from 'semver'
import type { Literal } from '../../../lib/sat-trail.ts'
import type { Candidate, Installed, Version } from './plan.ts'
import type { Ranges } from './ranges.ts'

/**
 * What a slug can be in a plan: ABSENT; IDLE, installed and left alone; KEPT, installed and needed by the plan as it
 * is; STALE, revoked and left alone; or OFFERED, a version that is put there.
 */
export interface Choice {
  slot: Slot
  kind: 'ABSENT' | 'IDLE' | 'KEPT' | 'STALE' | 'OFFERED'
  literal: Literal
  version: SemVer | null
  offer: Version | null
  /** What it asks for; null until that was read. */
  candidate: Candidate | null
}

/** A slug with what it can be, exactly one of it. */
export interface Slot {
  slug: string
  installed: Installed | null
  /** Versions offered come highest first; what leaves all as it is comes last. */
  choices: Choice[]
  /** Holds where one of the versions offered is taken. */
  taken: Literal
  /** Whether the versions offered were read. */
  loaded: boolean
  limits: Limit[]
  /** By version offered: holds where it or a higher one is taken. */
  upTo: Literal[]
}

/**
 * How a range bears on a slot. `needs`: something in it must be there, and not just idle. `allows`: what is there must
 * be in it. `spares`: what is newly put there must be in it. `avoids` and `avoidsNew`: the opposites of the last two.
 */
export type Bearing = 'needs' | 'allows' | 'spares' | 'avoids' | 'avoidsNew'

/** A range that bears on a slot where the literal holds. */
export interface Limit {
  literal: Literal
  bearing: Bearing
  range: string
}

/** Whether a choice is ruled out by a range that bears on its slot so. */
export function refuses(bearing: Bearing, { kind, version }: Choice, range: string, ranges: Ranges): boolean {
  if (kind === 'ABSENT' || kind === 'STALE') return bearing === 'needs'
  if (kind !== 'OFFERED' && (bearing === 'spares' || bearing === 'avoidsNew')) return false
  if (bearing === 'avoids' || bearing === 'avoidsNew') return ranges.isAt(range, version!)
  return (bearing === 'needs' && kind === 'IDLE') || !ranges.within(range, version!)
}

/** What adds something to a site that only one plugin can. */
export interface Contributor {
  slot: Slot
  /** Holds where it is at the site. */
  literal: Literal
  isFresh: boolean
}
