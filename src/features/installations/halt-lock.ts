import type { Tx } from '../../platform/database.ts'

const PLATFORM = 'halt'
const nameOf = (organizationId: string): string => `halt ${organizationId}`

/**
 * Held, together with others, by whoever begins to change what is at a site of an organization, until that is to be seen: the emergency
 * switch waits for it, and then finds it.
 */
export async function shareHalt(tx: Tx, organizationId: string): Promise<void> {
  const names = [PLATFORM, nameOf(organizationId)]
  await tx.$queryRaw`
    select 1 as held from unnest(${names}::text[]) as name, pg_advisory_xact_lock_shared(hashtextextended(name, 0))`
}

/** Held by the emergency switch alone, before all else, while nobody begins anything in the organization; null: anywhere. */
export async function holdHalt(tx: Tx, organizationId: string | null): Promise<void> {
  const name = organizationId === null ? PLATFORM : nameOf(organizationId)
  await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock(hashtextextended(${name}, 0))`
}
