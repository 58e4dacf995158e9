import type { Runner } from './runner.ts'

/**
 * A process that has no organization yet, for a call that needs one. Those that stand ready are for who did nothing wrong: an
 * installation whose last call ran out of its time or memory waits until one more has started, where there may be one more. A loop
 * that begins while its successor starts takes two cores, and with two there is none left for the others.
 *
 * @param spares how many stand ready for the others
 * @param most how many processes there may be
 */
export function spareFor(
  runners: ReadonlySet<Runner>,
  isSuspect: boolean,
  { spares, most }: { spares: number; most: number },
): Runner | undefined {
  const coming = [...runners].filter((runner) => runner.isComing)
  const blank = coming.filter((runner) => runner.isBlank)
  const mayBeMore = runners.size < most || coming.length > blank.length
  return isSuspect && blank.length <= spares && mayBeMore ? undefined : blank[0]
}
