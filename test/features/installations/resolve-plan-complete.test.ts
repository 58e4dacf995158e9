import { expect, test } from 'vitest'
import { resolvePlan } from '../../../src/features/installations/resolver/resolve-plan.ts'
import { everySolution } from './support/every-solution.ts'
import { ask } from './support/memory-source.ts'
import { randomPuzzle } from './support/random-puzzle.ts'

const PUZZLES = 10_000
/** Milliseconds: some seconds alone, and several times that where all tests run at once. */
const TIMEOUT = 120_000

test(
  'ten thousand random graphs: a plan exactly where trying everything finds one, and the best one; CYCLE exactly where only circles are left',
  { timeout: TIMEOUT },
  async () => {
    const counts = { plan: 0, none: 0, cycle: 0, upgrades: 0 }
    for (let seed = 1; seed <= PUZZLES; seed += 1) {
      const puzzle = randomPuzzle(seed)
      const plan = await resolvePlan(ask(puzzle.registry, puzzle.root, puzzle), {
        // Every other as where the order of preference alone does not lead to the best one soon.
        patience: seed % 2 === 0 ? 0 : undefined,
      })
      const [best] = everySolution(puzzle, false).sort((a, b) => compareRanks(a.rank, b.rank))
      const told = `seed ${seed}`
      if (best === undefined) {
        const isCircular = everySolution(puzzle, true).length > 0
        expect(
          plan.conflicts.map((it) => it.kind === 'CYCLE'),
          told,
        ).toEqual([isCircular])
        expect(plan.steps, told).toEqual([])
        counts[isCircular ? 'cycle' : 'none'] += 1
      } else {
        const chosen = plan.steps.map(({ candidate }) => `${candidate.slug} ${candidate.version}`)
        expect(chosen.sort(), told).toEqual(best.plan)
        expect(plan.conflicts, told).toEqual([])
        counts.plan += 1
        if (plan.steps.some((step) => step.action === 'UPGRADE')) counts.upgrades += 1
      }
    }
    // The graphs are worth trying: of everything there is enough.
    expect(Math.min(counts.plan, counts.none)).toBeGreaterThan(1_500)
    expect(Math.min(counts.cycle, counts.upgrades)).toBeGreaterThan(100)
  },
)

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index])
  return at === -1 ? 0 : a[at]! - b[at]!
}

test('what patchbay dev has made stands for the version that its author is at', async () => {
  const registry = {
    'top 1.0.1-dev.1795291820720': { on: { depot: '^1.0.0' } },
    'depot 1.0.1-dev.1795291820723': {},
    'depot 2.0.1-dev.1795291820724': {},
    'depot 1.1.0-dev.3': {},
  }
  const { steps } = await resolvePlan(ask(registry, 'top 1.0.1-dev.1795291820720'))
  expect(steps.map(({ candidate }) => `${candidate.slug} ${candidate.version}`)).toEqual([
    'depot 1.0.1-dev.1795291820723',
    'top 1.0.1-dev.1795291820720',
  ])
})
