import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { publishingFor } from './policy.ts'

/** The slug of the registry that every installation of Patchbay has. */
export const ENTERPRISE_REGISTRY = 'enterprise'

/** A registry that takes a submission of the actor. */
export interface OpenRegistry {
  id: string
  organizationId: string | null
  storage: string
}

/** The registry to submit to; NOT_FOUND where the actor may not submit there, INVALID_STATE where nobody may now. */
export async function openRegistry(
  app: App,
  actor: Actor,
  registryId: string | undefined,
): Promise<OpenRegistry> {
  const registry = await app.database.prisma.registry.findFirst({
    where: registryId === undefined ? { slug: ENTERPRISE_REGISTRY } : { id: registryId },
    select: { id: true, isActive: true, organizationId: true, storage: true },
  })
  const mine = publishingFor(actor)
  const open =
    registry !== null && (registry.organizationId === null || mine.includes(registry.organizationId))
  if (!open && !(registry !== null && mine.includes(null))) throw notFound('registry')
  if (!registry.isActive)
    throw new UserError('INVALID_STATE', 'This registry takes no submissions now.', ['registryId'])
  return registry
}
