import type { Literal } from '../../../lib/sat-trail.ts'

/** A reason why something is not possible. */
export type Fact = FactKind & {
  by: string
  /** Versions of `by` of which it is true. */
  versions: Set<string>
}

export type FactKind =
  | { kind: 'NEEDS'; on: string; range: string }
  | { kind: 'AVOIDS'; on: string; range: string }
  | { kind: 'COLLIDES'; on: string; what: string }
  | { kind: 'HOST'; range: string }
  | { kind: 'NO_DOWNGRADE' }
  | { kind: 'CIRCLE'; path: string[] }

/** A clause of the search; without origin it holds by the nature of a slot. */
export interface Rule {
  literals: readonly Literal[]
  origin: number | undefined
}

/** What is the same for the same reason. */
export function factKey(fact: FactKind & { by: string }): string {
  const { kind, by } = fact
  if (kind === 'CIRCLE') return `${kind} ${fact.path.join(' ')}`
  if (kind === 'COLLIDES') return `${kind} ${by} ${fact.on} ${fact.what}`
  return 'on' in fact ? `${kind} ${by} ${fact.on} ${fact.range}` : `${kind} ${by}`
}
