import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { can, requireIn, requireKnown, requireOnPlatform, requireSomewhere } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import type { RegistryType } from '../../generated/prisma/enums.ts'
import { checkInput, label, slug } from '../../lib/check-input.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { isUniqueViolation } from '../../platform/database.ts'
import { MAIN_STORE } from '../../platform/blobs/stores.ts'
import { storageFor } from './registry-storage.ts'

const Input = z.object({ slug, name: label })

/** A registry that is to be made, and whose it is. */
export interface CreateRegistryInput {
  slug: string
  name: string
  type: RegistryType
  /** Whose it is; left out: the platform's, or that of the site's. */
  organizationId?: string | undefined
  /** For SITE registries only. */
  siteId?: string | undefined
  /** Where its archives go; left out: the platform's own store. */
  storage?: string | undefined
}

/**
 * Makes a registry: an ENTERPRISE or DEVELOPER one of an organization or of the platform, or one of a SITE. Returns its
 * id; ALREADY_EXISTS where the slug is taken.
 */
export async function createRegistry(app: App, actor: Actor, input: CreateRegistryInput): Promise<string> {
  requireKnown(actor)
  const place = await placeOf(app, actor, input)
  const { slug: registrySlug, name } = checkInput(Input, input)
  const storage = input.storage === undefined ? MAIN_STORE : await storageFor(app, actor, input.storage)
  const { type } = input
  const id = newId()
  const at = app.clock.now()
  try {
    await change(app, async (tx) => {
      const data = { id, slug: registrySlug, name, type, ...place, storage, createdAt: at }
      await tx.registry.create({ data, select: { id: true } })
      const changed = { before: null, after: { slug: registrySlug, name, type, storage } }
      const scope = { ...place, subjectId: id, ...by(actor), changed, at }
      await record(tx, 'registry.created', { slug: registrySlug, type }, scope)
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new UserError('ALREADY_EXISTS', `There is a registry "${registrySlug}" already.`, ['slug'])
  }
  return id
}

interface Place {
  organizationId: string | null
  siteId: string | null
}

/** Whose it will be, where the actor may make one there. */
async function placeOf(app: App, actor: Actor, input: CreateRegistryInput): Promise<Place> {
  const { type, organizationId, siteId } = input
  if (type === 'SITE') return await placeOfSite(app, actor, input)
  if (organizationId !== undefined) {
    requireIn(actor, 'registries:manage', organizationId, 'organization')
    const there = await app.database.prisma.organization.count({ where: { id: organizationId } })
    if (there === 0) throw notFound('organization')
  } else if (type === 'DEVELOPER' && !can(actor, 'registries:manage', null)) {
    requireSomewhere(actor, 'registries:manage')
    throw new UserError('INVALID_INPUT', 'A DEVELOPER registry needs its organization.', ['organizationId'])
  } else requireOnPlatform(actor, 'registries:manage')
  if (siteId !== undefined) {
    throw new UserError('INVALID_INPUT', 'Only a SITE registry is of a site.', ['siteId'])
  }
  return { organizationId: organizationId ?? null, siteId: null }
}

async function placeOfSite(app: App, actor: Actor, input: CreateRegistryInput): Promise<Place> {
  const { siteId, organizationId } = input
  if (siteId === undefined) {
    requireSomewhere(actor, 'registries:manage')
    throw new UserError('INVALID_INPUT', 'A SITE registry needs its site.', ['siteId'])
  }
  const site = await app.database.prisma.site.findUnique({
    where: { id: siteId },
    select: { organizationId: true },
  })
  if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
  if (organizationId !== undefined && organizationId !== site.organizationId) throw notFound('site')
  requireIn(actor, 'registries:manage', site.organizationId, 'site')
  return { organizationId: site.organizationId, siteId }
}
