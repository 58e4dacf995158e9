import type { Choice } from './plan-slots.ts'

interface Node {
  choice: Choice
  needs: Set<Node>
  /** Optional dependencies that are in the plan: they order where they can. */
  likes: Set<Node>
}

/**
 * Dependencies before what needs them, the root as late as that allows, else by slug. Optional dependencies come before
 * too, but where they would close a circle.
 */
export function orderChosen(chosen: readonly Choice[], root: string): Choice[] {
  const left = new Map(chosen.map((choice) => [choice.slot.slug, toNode(choice)]))
  for (const node of left.values()) {
    for (const { slug, optional } of node.choice.candidate!.dependencies) {
      const other = left.get(slug)
      if (other !== undefined && other !== node) (optional ? node.likes : node.needs).add(other)
    }
  }
  const sorted = [...left.values()].sort((a, b) => compare(a, b, root))
  const ordered: Choice[] = []
  const waiting = new Set(sorted)
  while (waiting.size > 0) {
    const ready = [...waiting].filter((node) => node.needs.isDisjointFrom(waiting))
    const free = ready.filter((node) => node.likes.isDisjointFrom(waiting))
    // The root is put off while others can go; a circle of likes is broken where the fewest stand behind it.
    const batch = free.length > 0 ? free : [leastBound(ready, waiting)]
    const first = batch.filter((node) => node.choice.slot.slug !== root)
    for (const node of first.length > 0 ? first : batch) {
      ordered.push(node.choice)
      waiting.delete(node)
    }
  }
  return ordered
}

function toNode(choice: Choice): Node {
  return { choice, needs: new Set(), likes: new Set() }
}

function compare(a: Node, b: Node, root: string): number {
  const [one, other] = [a.choice.slot.slug, b.choice.slot.slug]
  if (one === root || other === root) return one === root ? 1 : -1
  return one < other ? -1 : 1
}

/** One from which the fewest others are reached: it stands in the circle itself, not before one. */
function leastBound(nodes: readonly Node[], waiting: ReadonlySet<Node>): Node {
  const bound = nodes.map((node) => ({ node, count: reached(node, waiting).size }))
  return bound.reduce((least, it) => (it.count < least.count ? it : least)).node
}

function reached(start: Node, waiting: ReadonlySet<Node>): Set<Node> {
  const seen = new Set([start])
  for (const node of seen) {
    for (const next of node.needs.union(node.likes)) if (waiting.has(next)) seen.add(next)
  }
  return seen
}
