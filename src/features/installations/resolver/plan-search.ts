import { setImmediate } from 'node:timers/promises'
import type { Literal } from '../../../lib/sat-trail.ts'
import { AnyPlan } from './any-plan.ts'
import { BestPlan } from './best-plan.ts'
import { findCircle } from './find-circle.ts'
import { PlanFacts } from './plan-facts.ts'
import type { Choice } from './plan-slots.ts'
import { Walk } from './plan-walk.ts'
import type { PlanQuestion } from './plan.ts'

/**
 * Contradictions until the search for any plan is given up, circles among them. Registries of real plugins need fewer than a
 * hundred, and hundreds of plugins that were drawn at random under one root seven thousand; what needs more is made to (pigeons
 * and holes).
 */
const MAX_CONFLICTS = 15_000
/** Contradictions after which the best plan so far is taken; those random ones need six thousand until theirs is the best. */
const MAX_CONFLICTS_OF_BEST = 30_000
/** Contradictions until others on this thread get their turn: some ten milliseconds. */
const CONFLICTS_A_TURN = 100
/** Contradictions for which plans are tried just in the order in which they are preferred: nearly all need fewer. */
const PATIENCE = 400
/** Plugins whose versions are read for one plan; more are not needed together by anything that people make. */
const MAX_PLUGINS = 5_000

/** Versions that are read together where the highest did not serve. */
const NEXT = 4

/** What came of a search; the facts that it gathered tell why. */
export type Found =
  | { outcome: 'PLAN'; facts: PlanFacts; chosen: readonly Choice[] }
  | { outcome: 'NONE' | 'GAVE_UP'; facts: PlanFacts }

/** What a search lets pass, to find out what is to blame. */
export interface Lenience {
  circles?: boolean
  downgrades?: boolean
}

/** How soon a search tries otherwise than in the order in which plans are preferred. */
export interface Patience {
  /** In contradictions; left out, as many as nearly all plans need. */
  patience?: number | undefined
}

/**
 * The best of all solutions, by the order that `resolvePlan` tells. At first the search decides in that very order and takes the
 * best that is open, so that its first model is it. Where this takes long, it finds out whether there is any plan at all by what
 * is most in the way, and then makes that plan the best one, step by step. Of the registry only that is read which it comes by.
 */
export async function searchPlan(
  question: PlanQuestion,
  { patience = PATIENCE, ...lenience }: Lenience & Patience = {},
): Promise<Found> {
  const search = new Search(question, lenience)
  const { facts, walk } = search
  const soon = await search.solve(() => walk.decide(), { until: patience })
  if (soon === 'NONE') return { outcome: soon, facts }
  if (soon === 'MODEL') return { outcome: 'PLAN', facts, chosen: walk.chosen }
  search.readsAll = true
  const any = new AnyPlan(facts, walk, question.root.slug)
  const found = await search.solve(() => any.decide(), { until: MAX_CONFLICTS, restartsAt: () => 0 })
  if (found === 'NONE') return { outcome: found, facts }
  if (found !== 'MODEL') return { outcome: 'GAVE_UP', facts }
  const best = new BestPlan(facts, walk, any)
  for (;;) {
    best.accept()
    const bounds = { until: MAX_CONFLICTS_OF_BEST, restartsAt: () => best.certain }
    const better = await search.solve(() => best.decide(), bounds)
    if (better !== 'MODEL') return { outcome: 'PLAN', facts, chosen: best.chosen }
    if (!best.isTrying) return { outcome: 'PLAN', facts, chosen: walk.chosen }
  }
}

/** Until how many contradictions in all, and how many decisions stand at a new start; left out, there is none. */
interface Bounds {
  until: number
  restartsAt?: () => number
}

class Search {
  readonly facts: PlanFacts
  readonly walk: Walk
  /** Whether all versions of a plugin are read with what they ask for, as soon as one is. */
  readsAll = false
  readonly #question: PlanQuestion
  readonly #lenience: Lenience
  #spent = 0

  constructor(question: PlanQuestion, lenience: Lenience) {
    this.#question = question
    this.#lenience = lenience
    this.facts = new PlanFacts(question, lenience)
    this.walk = new Walk(question, this.facts)
  }

  /** Reads what is missing, and rules out circles, until there is a model or none; BUDGET where the bounds are reached. */
  async solve(
    decide: () => Literal | 'MODEL' | 'PAUSE',
    bounds: Bounds,
  ): Promise<'MODEL' | 'NONE' | 'BUDGET'> {
    const { facts, walk } = this
    const { sat } = facts
    let turns = 0
    let starts = 1
    while (this.#spent < bounds.until && facts.slots.size < MAX_PLUGINS) {
      const before = sat.conflicts
      const outcome = sat.search(decide, CONFLICTS_A_TURN)
      this.#spent += sat.conflicts - before
      if (outcome === 'NONE') return outcome
      if (outcome === 'PAUSED') await this.#readMissing()
      if (outcome === 'BUDGET') {
        await setImmediate()
        turns += 1
        if (bounds.restartsAt === undefined || turns < reluctantDoubling(starts)) continue
        // A new start: by what is in the way now, other plugins come first.
        turns = 0
        starts += 1
        sat.backTo(bounds.restartsAt())
        walk.restart()
      }
      if (outcome !== 'MODEL') continue
      const circle = this.#lenience.circles ? null : findCircle(walk.chosen)
      if (circle === null) return outcome
      facts.forbidCircle(circle)
      walk.restart()
      this.#spent += 1
    }
    return 'BUDGET'
  }

  /** Reads what the walk came by: versions of plugins, and what the chosen ones ask for, each in one query. */
  async #readMissing(): Promise<void> {
    const { facts, walk } = this
    const { source } = this.#question
    const slugs = [...walk.unread].map((slot) => slot.slug)
    const choices = walk.undescribed.flatMap((it) => alsoOthers(it, this.readsAll))
    const [versions, candidates] = await Promise.all([
      slugs.length === 0 ? null : source.versionsOf(slugs),
      choices.length === 0 ? null : source.detailsOf(choices.map((choice) => choice.offer!.packageId)),
    ])
    for (const slug of slugs) facts.offer(slug, versions?.get(slug) ?? [])
    for (const choice of choices) facts.describe(choice, candidates!.get(choice.offer!.packageId)!)
    walk.restart()
  }
}

/** Where the first version that was tried did not serve, the next are read with the second, and with the third the rest. */
function alsoOthers(choice: Choice, all: boolean): Choice[] {
  const offered = choice.slot.choices.filter((it) => it.kind === 'OFFERED')
  const known = offered.filter((it) => it.candidate !== null).length
  const unknown = offered.slice(all ? 0 : offered.indexOf(choice)).filter((it) => it.candidate === null)
  if (known === 0 && !all) return [choice]
  return known === 1 && !all ? unknown.slice(0, NEXT) : unknown
}

/** 1, 1, 2, 1, 1, 2, 4, 1, …: how long to go on from one start, where nobody knows (Luby, Sinclair and Zuckerman, 1993). */
function reluctantDoubling(start: number): number {
  let size = 1
  while (size < start + 1) size *= 2
  return size === start + 1 ? size / 2 : reluctantDoubling(start - size / 2 + 1)
}
