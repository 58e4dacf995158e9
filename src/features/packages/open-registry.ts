import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireKnown } from '../../auth/authorize.ts'
import { notFound, RequestError, UserError } from '../../lib/errors.ts'
import { canSeeRegistry, canSubmit, type RegistryPlace } from './policy.ts'

/** The slug of the registry that every installation of Patchbay has. */
export const ENTERPRISE_REGISTRY = 'enterprise'

/** A registry that takes a submission of the actor. */
export interface OpenRegistry extends RegistryPlace {
  id: string
  storage: string
}

/**
 * The registry to submit to. NOT_FOUND where the actor may not see it, FORBIDDEN where he sees it and may not submit,
 * INVALID_STATE where nobody may now.
 */
export async function openRegistry(
  app: App,
  actor: Actor,
  registryId: string | undefined,
): Promise<OpenRegistry> {
  requireKnown(actor)
  const registry = await app.database.prisma.registry.findFirst({
    where: registryId === undefined ? { slug: ENTERPRISE_REGISTRY } : { id: registryId },
    select: { id: true, type: true, isActive: true, organizationId: true, storage: true },
  })
  if (registry === null || !canSeeRegistry(actor, registry)) throw notFound('registry')
  if (!canSubmit(actor, registry)) {
    throw new RequestError('FORBIDDEN', 'You may not submit to this registry.')
  }
  if (!registry.isActive)
    throw new UserError('INVALID_STATE', 'This registry takes no submissions now.', ['registryId'])
  return registry
}
