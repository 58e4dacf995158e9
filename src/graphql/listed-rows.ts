import type { PrismaClient } from '../generated/prisma/client.ts'

/** A row as it was selected. */
export type Row = Record<string, unknown>
export type Where = Record<string, unknown>

/** The tables that are listed, by the name of Prisma's delegate. */
export type ListedModel =
  | 'organization'
  | 'site'
  | 'apiKey'
  | 'user'
  | 'registry'
  | 'plugin'
  | 'package'
  | 'submission'
  | 'publisherKey'
  | 'rating'
  | 'installation'
  | 'license'
  | 'deployment'
  | 'deploymentTarget'
  | 'invocation'
  | 'event'
  | 'webhook'
  | 'webhookDelivery'
  | 'eventDelivery'
  | 'auditEntry'
  | 'organizationPluginConfig'
  | 'settingsRevision'

/** What this file needs of any delegate. */
export interface Delegate {
  findMany(query: object): Promise<Row[]>
  count(query: { where: Where }): Promise<number>
}

export function delegateOf(prisma: PrismaClient, model: ListedModel): Delegate {
  return prisma[model]
}

/** A list that SQL makes: ids in the order of the page, `page.take` of them, with the values of computed columns. */
export interface Ranked {
  find: () => Promise<({ id: string } & Row)[]>
  count: () => Promise<number>
}

/** The rows of these ids, in their order, each with what was computed for it. */
export async function inOrderOf(
  found: readonly ({ id: string } & Row)[],
  delegate: Delegate,
  selection: object,
): Promise<Row[]> {
  if (found.length === 0) return []
  const rows = await delegate.findMany({ ...selection, where: { id: { in: found.map(({ id }) => id) } } })
  const byId = new Map(rows.map((row) => [row['id'], row]))
  // One may have gone since; the others stay.
  return found.flatMap((hit) => (byId.has(hit.id) ? [{ ...byId.get(hit.id)!, ...hit }] : []))
}
