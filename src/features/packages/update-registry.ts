import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { can, requireKnown } from '../../auth/authorize.ts'
import { difference } from '../../events/audit.ts'
import { record } from '../../events/record.ts'
import { checkInput, label } from '../../lib/check-input.ts'
import { notFound, RequestError } from '../../lib/errors.ts'
import { visibleRegistries } from './policy.ts'
import { storageFor } from './registry-storage.ts'

const Input = z.object({ name: label.optional() })

export interface UpdateRegistryInput {
  registryId: string
  name?: string | undefined
  /** Where new archives go; those that are there stay in their store. */
  storage?: string | undefined
  /** False: it takes no submissions; what is there stays. */
  isActive?: boolean | undefined
}

const CHANGEABLE = { name: true, storage: true, isActive: true } as const

/** Changes a registry. Returns its id. */
export async function updateRegistry(app: App, actor: Actor, input: UpdateRegistryInput): Promise<string> {
  requireKnown(actor)
  const found = await app.database.prisma.registry.findFirst({
    where: { AND: [{ id: input.registryId }, visibleRegistries(actor)] },
    select: { id: true, slug: true, isActive: true, organizationId: true, siteId: true },
  })
  if (found === null) throw notFound('registry')
  const { id, slug, organizationId, siteId } = found
  if (!can(actor, 'registries:manage', organizationId)) {
    throw new RequestError('FORBIDDEN', `You may not change the registry "${slug}".`)
  }
  const { name } = checkInput(Input, input)
  const storage = input.storage === undefined ? undefined : await storageFor(app, actor, input.storage)
  const isActive = input.isActive ?? found.isActive
  const at = app.clock.now()
  await change(app, async (tx) => {
    await tx.$queryRaw`select id from registry where id = ${id}::uuid for no key update`
    const before = await tx.registry.findUniqueOrThrow({ where: { id }, select: CHANGEABLE })
    const after = await tx.registry.update({
      where: { id },
      data: {
        isActive,
        ...(name === undefined ? {} : { name }),
        ...(storage === undefined ? {} : { storage }),
      },
      select: CHANGEABLE,
    })
    const changed = difference(before, after)
    const scope = { organizationId, siteId, subjectId: id, ...by(actor), changed, at }
    await record(tx, 'registry.updated', { slug, isActive }, scope)
  })
  return id
}
