/** The first code point that UTF-8 cannot write, and the one after the last of those. */
const SURROGATES = { first: 0xd800, after: 0xe000 }
const LAST = 0x10ffff

/**
 * The first text, by code points, behind all that begin with `prefix`: these are the ones from `prefix` on and before it. Null
 * where nothing is behind them.
 */
export function prefixEnd(prefix: string): string | null {
  const points = Array.from(prefix)
  while (points.length > 0) {
    const point = points.pop()!.codePointAt(0)!
    if (point === LAST) continue
    const next = point + 1 === SURROGATES.first ? SURROGATES.after : point + 1
    return points.join('') + String.fromCodePoint(next)
  }
  return null
}
