/** What happened where; at no site: at all of the organization's. */
export interface Happened {
  type: string
  organizationId: string | null
  siteId: string | null
}

/** A `where` for what stands at a site: where any of the events happened. */
export function placesOf(events: readonly Happened[]) {
  const organizations = new Set(
    events.flatMap((event) => (event.siteId === null ? (event.organizationId ?? []) : [])),
  )
  const sites = new Set(events.flatMap(({ siteId }) => siteId ?? []))
  return { OR: [{ organizationId: { in: [...organizations] } }, { siteId: { in: [...sites] } }] }
}
