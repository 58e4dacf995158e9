/**
 * The known word that a mistyped one most likely stands for: at most a third of its letters away (Damerau's optimal
 * string alignment, case ignored), or null.
 */
export function closest(word: string, known: Iterable<string>): string | null {
  // Nobody mistypes a word this long, and the distance costs the product of the lengths.
  if (word.length > MAX_CHARACTERS) return null
  const best = [...known]
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)[0]
  return best?.candidate ?? null
}

/** ` Did you mean "…"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const guess = closest(word, known)
  return guess === null ? '' : ` Did you mean "${guess}"?`
}

const MAX_CHARACTERS = 64

function distance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length] ?? 0
}
