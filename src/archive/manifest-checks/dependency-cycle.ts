/**
 * The shortest way along dependencies that leads from a plugin back to itself, with it at both ends; null where there
 * is none. `dependenciesOf` gives what a plugin needs, or undefined where it is not known. Cycles among others that the
 * plugin is no part of are theirs.
 */
export function findDependencyCycle(
  slug: string,
  dependenciesOf: (slug: string) => readonly string[] | undefined,
): string[] | null {
  const neededBy = new Map<string, string>()
  const queue = [slug]
  // Breadth first: each plugin is looked at once, and the first way back is a shortest one.
  for (const plugin of queue) {
    for (const needed of dependenciesOf(plugin) ?? []) {
      if (needed === slug) return [...wayTo(plugin, slug, neededBy), slug]
      if (neededBy.has(needed)) continue
      neededBy.set(needed, plugin)
      queue.push(needed)
    }
  }
  return null
}

function wayTo(plugin: string, slug: string, neededBy: ReadonlyMap<string, string>): string[] {
  const way = [plugin]
  for (let at = plugin; at !== slug;) {
    at = neededBy.get(at) ?? slug
    way.push(at)
  }
  return way.reverse()
}
