/** A condition on ids that are UUIDv7: made from `from` on and before `to`. It also lets PostgreSQL skip partitions. */
export function timeRange(
  from: Date | null | undefined,
  to: Date | null | undefined,
): { id?: { gte?: string; lt?: string } } {
  if (!from && !to) return {}
  return { id: { ...(from ? { gte: uuidFloor(from) } : {}), ...(to ? { lt: uuidFloor(to) } : {}) } }
}

/** The lowest UUIDv7 of a time: its first 48 bits are the milliseconds since 1970 (RFC 9562). */
function uuidFloor(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0').slice(-12)
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
