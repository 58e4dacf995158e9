import { orderChosen } from './order-chosen.ts'
import type { Plan, PlanConflict, PlanQuestion, PlanStep, Version } from './plan.ts'
import type { PlanFacts } from './plan-facts.ts'
import { searchPlan, type Patience } from './plan-search.ts'
import type { Choice } from './plan-slots.ts'
import { tellConflict } from './tell-conflict.ts'

/**
 * What installing the root at a site would do; where any solution exists, one is found.
 *
 * A solution holds the root in its very version and all that it needs, transitively, each made for the site's host.
 * Every range of what the plan installs, upgrades or needs holds, an optional one where the plugin is there; ranges of what stays
 * hold for all that the plan changes. No two of which one is new declare a conflict or contribute the same, nothing is
 * downgraded, what was revoked serves nobody, and nothing needs itself in a circle (optional dependencies make none).
 * What is only in the way may be upgraded too.
 *
 * The best solution is taken, by the first point in which two differ:
 * 1. installed plugins by slug: one is kept rather than upgraded;
 * 2. then from the root, breadth first, dependencies by slug: what is kept, else the higher version; an optional one
 *    with `includeOptional` (where what depends on it is installed or upgraded): a version rather than none;
 * 3. then in the same way from installed ones that are upgraded, though nothing before needs them, by slug: a release
 *    rather than a prerelease, else the higher version.
 *
 * Versions are compared as SemVer says, without build metadata; ranges are node-semver's, which take a prerelease only
 * where they name one of the same version. Declared conflicts and hosts' ranges take prereleases by where they lie.
 * TOO_COMPLEX where the search for any plan was given up; where just that for the best one was, the best so far is taken, which
 * is the best in what comes first.
 */
export async function resolvePlan(question: PlanQuestion, patience: Patience = {}): Promise<Plan> {
  const found = await searchPlan(question, patience)
  if (found.outcome === 'PLAN') return { steps: steps(found.chosen, question.root.slug), conflicts: [] }
  const conflict =
    found.outcome === 'NONE' ? await toldBest(question, found.facts) : tooComplex(question.root)
  return { steps: [], conflicts: [conflict] }
}

/**
 * Circles are to blame only where there would be a solution with one. And that nothing is downgraded says less than who
 * needs the newer version, so that it too is a reason only where there would be a solution otherwise.
 */
async function toldBest(question: PlanQuestion, facts: PlanFacts): Promise<PlanConflict> {
  const kinds = new Set(facts.facts.map((fact) => fact.kind))
  if (kinds.has('NO_DOWNGRADE')) {
    const lenient = await searchPlan(question, { circles: true, downgrades: true })
    if (lenient.outcome === 'NONE') return tellConflict(question, lenient.facts)
  }
  if (kinds.has('CIRCLE')) {
    const lenient = await searchPlan(question, { circles: true })
    if (lenient.outcome === 'NONE') return tellConflict(question, lenient.facts)
  }
  return tellConflict(question, facts)
}

function steps(chosen: readonly Choice[], root: string): PlanStep[] {
  return orderChosen(chosen, root).map(({ slot, kind, offer }) => {
    const action = kind === 'KEPT' ? 'KEEP' : slot.installed === null ? 'INSTALL' : 'UPGRADE'
    const requiredBy = chosen
      .filter((it) => it.candidate!.dependencies.some((dependency) => dependency.slug === slot.slug))
      .map((it) => it.slot.slug)
      .sort()
    return { action, candidate: offer!, requiredBy }
  })
}

function tooComplex({ slug, version }: Version): PlanConflict {
  const message = `What ${slug} ${version} needs has too many versions that exclude each other: the search was given up. Install some of what it needs first, in versions that you choose.`
  return { kind: 'TOO_COMPLEX', message, slugs: [slug] }
}
