/** What was measured one after the other: without, and with. */
export interface Pair {
  without: number
  with: number
}

/** Measures both ways in turns, so that what drifts within a run meets both: one first, then the other first. */
export async function inPairs(
  pairs: number,
  without: () => Promise<number>,
  withIt: () => Promise<number>,
): Promise<Pair[]> {
  const all: Pair[] = []
  for (let n = 0; n < pairs; n += 1) {
    const first = n % 2 === 0 ? await without() : await withIt()
    const second = n % 2 === 0 ? await withIt() : await without()
    all.push(n % 2 === 0 ? { without: first, with: second } : { without: second, with: first })
  }
  return all
}
