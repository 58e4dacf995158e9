/**
 * Collects what was done to one value. Never holds a word of it: the report travels with the value and into logs.
 *
 * @returns {{ count(kind: string): void, block(reason: string): void, mark(reason: string): void, summary(): object }}
 */
export function newReport() {
  const redacted = { emails: 0, cards: 0, keys: 0 }
  const reasons = new Set()
  let blocked = false
  return {
    count(kind) {
      redacted[kind] += 1
    },
    block(reason) {
      blocked = true
      reasons.add(reason)
    },
    mark(reason) {
      reasons.add(reason)
    },
    /** `{ blocked, reasons, redacted: { emails, cards, keys } }` */
    summary: () => ({ blocked, reasons: [...reasons], redacted: { ...redacted } }),
  }
}
