import type { Choice } from './plan-slots.ts'

/** Slugs that need each other in a circle, the first again at the end; null where there is none. Optional dependencies make none. */
export function findCircle(chosen: readonly Choice[]): string[] | null {
  const bySlug = new Map(chosen.map((choice) => [choice.slot.slug, choice]))
  const done = new Set<string>()
  for (const start of bySlug.keys()) {
    const path: { slug: string; left: string[] }[] = []
    const enter = (slug: string): void => {
      path.push({ slug, left: needsOf(bySlug.get(slug)) })
    }
    if (!done.has(start)) enter(start)
    while (path.length > 0) {
      const here = path.at(-1)!
      const next = here.left.pop()
      if (next === undefined) {
        done.add(here.slug)
        path.pop()
        continue
      }
      const at = path.findIndex((it) => it.slug === next)
      if (at !== -1) return [...path.slice(at).map((it) => it.slug), next]
      if (!done.has(next)) enter(next)
    }
  }
  return null
}

/** By slug from the end, as they are popped. */
function needsOf(choice: Choice | undefined): string[] {
  const needed = choice?.candidate?.dependencies.filter((it) => !it.optional) ?? []
  return needed
    .map((it) => it.slug)
    .sort()
    .reverse()
}
