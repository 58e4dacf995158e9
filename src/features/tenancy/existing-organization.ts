import type { App } from '../../app.ts'
import { notFound } from '../../lib/errors.ts'

/** NOT_FOUND where there is no such organization: who may act everywhere can name one that is not there. */
export async function checkOrganization(app: App, organizationId: string): Promise<void> {
  const found = await app.database.prisma.organization.count({ where: { id: organizationId } })
  if (found === 0) throw notFound('organization')
}
