import semver from 'semver'
import { Sat } from '../../../lib/sat.ts'
import type { Literal } from '../../../lib/sat-trail.ts'
import { factKey, type Fact, type FactKind, type Rule } from './fact.ts'
import { Ranges } from './ranges.ts'
import { limitVersions, orderVersions } from './version-order.ts'
import { refuses, type Bearing, type Choice, type Contributor, type Limit, type Slot } from './plan-slots.ts'
import type { Candidate, Installed, PlanQuestion, Version } from './plan.ts'

/** All that is known so far of what can be installed together, as clauses. It grows while the search asks for more. */
export class PlanFacts {
  readonly sat = new Sat()
  readonly facts: Fact[] = []
  readonly rules: Rule[] = []
  readonly slots = new Map<string, Slot>()
  readonly ranges = new Ranges()
  readonly #question: PlanQuestion
  /** Whether they are let pass. */
  readonly #downgrades: boolean
  readonly #numbers = new Map<string, number>()
  readonly #limits = new Map<string, Limit>()
  /** By `dependent>dependency`: who needs it, and by which fact. */
  readonly #needs = new Map<string, { choice: Choice; origin: number }[]>()
  readonly #edges = new Map<string, Literal>()
  readonly #contributors = new Map<string, Contributor[]>()

  constructor(question: PlanQuestion, { downgrades = false }: { downgrades?: boolean } = {}) {
    this.#question = question
    this.#downgrades = downgrades
    const root = this.#rootSlot()
    for (const choice of root.choices)
      this.describe(choice, choice.kind === 'KEPT' ? root.installed! : question.root)
    for (const installed of question.installed) {
      for (const choice of this.slot(installed.slug).choices) {
        if (choice.kind === 'IDLE' || choice.kind === 'KEPT') this.describe(choice, installed)
      }
    }
  }

  slot(slug: string): Slot {
    const known = this.slots.get(slug)
    if (known !== undefined) return known
    const installed = this.#installed(slug)
    const slot: Slot = { slug, installed, choices: [], taken: 0, loaded: false, limits: [], upTo: [] }
    this.slots.set(slug, slot)
    if (installed === null) {
      slot.taken = -this.#choice(slot, 'ABSENT', null)
      return slot
    }
    slot.taken = this.sat.newVariable()
    const kinds = installed.revoked ? (['STALE'] as const) : (['KEPT', 'IDLE'] as const)
    const staying = kinds.map((kind) => this.#choice(slot, kind, installed))
    this.#alternatives([...staying, slot.taken])
    return slot
  }

  /** What can be put at a slot, highest first. What would be a downgrade is known only to tell it. */
  offer(slug: string, versions: readonly Version[]): void {
    const slot = this.slot(slug)
    slot.loaded = true
    const there = slot.installed
    const others = versions.filter((it) => there === null || semver.compare(it.version, there.version) !== 0)
    const staying = slot.choices.splice(0)
    const offered = others.map((version) => this.#choice(slot, 'OFFERED', version))
    const kept = staying.filter((it) => it.kind === 'KEPT')
    slot.choices = [...kept, ...slot.choices, ...staying.filter((it) => it.kind !== 'KEPT')]
    const order = orderVersions(offered, slot.taken, () => this.sat.newVariable())
    slot.upTo = order.upTo
    for (const literals of order.rules) this.rule(literals)
    for (const limit of slot.limits) this.#limit(slot, limit)
    this.#refuseDowngrades(slot)
  }

  /** What a choice asks for, with all that follows. */
  describe(choice: Choice, candidate: Candidate): void {
    if (choice.candidate !== null) return
    choice.candidate = candidate
    const { slot, kind, literal } = choice
    const { slug, version, hostRange } = candidate
    const isFresh = kind === 'OFFERED'
    if (kind !== 'IDLE' && !this.ranges.isAt(hostRange, this.#question.hostVersion)) {
      this.rule([-literal], this.#fact({ kind: 'HOST', by: slug, range: hostRange }, version))
    }
    for (const { slug: on, range, optional } of candidate.dependencies) {
      const origin = this.#fact({ kind: 'NEEDS', by: slug, on, range }, version)
      const needs = !optional && kind !== 'IDLE'
      if (needs) this.#noteNeed(choice, on, origin)
      if (needs || isFresh) this.#bear(literal, on, needs ? 'needs' : 'allows', range, origin)
      if (!isFresh) this.#bear(-slot.taken, on, 'spares', range, origin)
    }
    for (const { slug: on, range } of candidate.conflicts) {
      if (on === slug) continue
      const origin = this.#fact({ kind: 'AVOIDS', by: slug, on, range }, version)
      this.#bear(isFresh ? literal : -slot.taken, on, isFresh ? 'avoids' : 'avoidsNew', range, origin)
    }
    for (const what of candidate.contributes) {
      this.#noteContribution({ slot, isFresh, literal: isFresh ? literal : -slot.taken }, what)
    }
  }

  /** Rules out that these need each other in a circle, in whatever versions they do. */
  forbidCircle(path: readonly string[]): void {
    const edges = path.slice(1).map((on, at) => this.#edge(path[at]!, on))
    const origin = this.#fact({ kind: 'CIRCLE', by: path[0]!, path: [...path] }, path.join('>'))
    this.rule(
      edges.map((edge) => -edge),
      origin,
    )
  }

  #rootSlot(): Slot {
    const { root } = this.#question
    const installed = this.#installed(root.slug)
    const isThere =
      installed !== null && !installed.revoked && semver.compare(installed.version, root.version) === 0
    const slot: Slot = {
      slug: root.slug,
      installed,
      choices: [],
      taken: 0,
      loaded: true,
      limits: [],
      upTo: [],
    }
    this.slots.set(root.slug, slot)
    const literal = this.#choice(slot, isThere ? 'KEPT' : 'OFFERED', isThere ? installed : root)
    slot.taken = isThere ? -literal : literal
    if (!isThere) slot.upTo.push(literal)
    this.rule([literal])
    this.#refuseDowngrades(slot)
    return slot
  }

  #installed(slug: string): Installed | null {
    return this.#question.installed.find((it) => it.slug === slug) ?? null
  }

  #choice(slot: Slot, kind: Choice['kind'], offer: Version | null): Literal {
    const literal = this.sat.newVariable()
    const version = offer === null ? null : semver.parse(offer.version)
    const choice: Choice = { slot, kind, literal, version, offer, candidate: null }
    slot.choices.push(choice)
    for (const limit of slot.limits) this.#apply(limit, choice)
    return literal
  }

  #alternatives(literals: readonly Literal[]): void {
    this.rule(literals)
    for (const [at, one] of literals.entries()) {
      for (const other of literals.slice(at + 1)) this.rule([-one, -other])
    }
  }

  #refuseDowngrades({ slug, installed, choices }: Slot): void {
    if (installed === null || this.#downgrades) return
    for (const { kind, version, literal } of choices) {
      if (kind !== 'OFFERED' || semver.compare(version!, installed.version) >= 0) continue
      this.rule([-literal], this.#fact({ kind: 'NO_DOWNGRADE', by: slug }, installed.version))
    }
  }

  #bear(by: Literal, on: string, bearing: Bearing, range: string, origin: number): void {
    const slot = this.slot(on)
    const key = `${on} ${bearing} ${range}`
    let limit = this.#limits.get(key)
    if (limit === undefined) {
      limit = { literal: this.sat.newVariable(), bearing, range }
      this.#limits.set(key, limit)
      slot.limits.push(limit)
      for (const other of slot.choices) this.#apply(limit, other)
      if (slot.loaded) this.#limit(slot, limit)
    }
    this.rule([-by, limit.literal], origin)
  }

  /** To all that a slot can be but the versions offered. */
  #apply({ literal, bearing, range }: Limit, choice: Choice): void {
    if (choice.kind !== 'OFFERED' && refuses(bearing, choice, range, this.ranges)) {
      this.rule([-literal, -choice.literal])
    }
  }

  #limit(slot: Slot, limit: Limit): void {
    for (const literals of limitVersions(slot, limit, this.ranges)) this.rule(literals)
  }

  #noteNeed(choice: Choice, on: string, origin: number): void {
    const key = `${choice.slot.slug}>${on}`
    const needs = this.#needs.get(key) ?? []
    needs.push({ choice, origin })
    this.#needs.set(key, needs)
    const edge = this.#edges.get(key)
    if (edge !== undefined) this.rule([-choice.literal, edge], origin)
  }

  /** Holds where the one, as it is chosen, needs the other. */
  #edge(by: string, on: string): Literal {
    const key = `${by}>${on}`
    const known = this.#edges.get(key)
    if (known !== undefined) return known
    const edge = this.sat.newVariable()
    this.#edges.set(key, edge)
    for (const { choice, origin } of this.#needs.get(key) ?? []) this.rule([-choice.literal, edge], origin)
    return edge
  }

  /** Two plugins may not add the same; what stood beside each other before is left alone. */
  #noteContribution(one: Contributor, what: string): void {
    const others = this.#contributors.get(what) ?? []
    this.#contributors.set(what, others)
    for (const other of others) {
      if (other.slot === one.slot || (!other.isFresh && !one.isFresh)) continue
      const [by, on] = [one.slot.slug, other.slot.slug].sort() as [string, string]
      const origin = this.#fact({ kind: 'COLLIDES', by, on, what }, what)
      this.rule([-one.literal, -other.literal], origin)
    }
    others.push(one)
  }

  #fact(reason: FactKind & { by: string }, version: string): number {
    const key = factKey(reason)
    const known = this.#numbers.get(key)
    const number = known ?? this.facts.push({ ...reason, versions: new Set() }) - 1
    this.#numbers.set(key, number)
    this.facts[number]!.versions.add(version)
    return number
  }

  /** Adds a clause: of a fact, or by the nature of a slot. */
  rule(literals: readonly Literal[], origin?: number): void {
    this.rules.push({ literals, origin })
    this.sat.add(literals)
  }
}
