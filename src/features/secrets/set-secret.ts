import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { reachOf, requireIn, requireKnown, withinReach } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { checkInput } from '../../lib/check-input.ts'
import { notFound, RequestError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { KiB } from '../../lib/units.ts'
import { seal } from '../../platform/crypto.ts'
import { checkOrganization } from '../tenancy/existing-organization.ts'
import { dataKeyOf, secretContext, type SecretPlace } from './data-key.ts'

/** Certificates with their chains fit; whole files do not belong here. */
const MAX_VALUE_BYTES = 64 * KiB

const Input = z.object({
  key: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'is UPPER_SNAKE_CASE, at most 64 characters'),
  value: z
    .string()
    .min(1, 'must not be empty')
    .refine((value) => Buffer.byteLength(value) <= MAX_VALUE_BYTES, `has at most ${MAX_VALUE_BYTES} bytes`),
})

export interface SetSecretInput {
  /** Of one installation: its plugin at its site. */
  installationId?: string | undefined
  /** Or of an organization and plugin, which its sites inherit. */
  organizationId?: string | undefined
  pluginId?: string | undefined
  key: string
  value: string
}

/** Keeps a secret, encrypted; a new value is a new version. The value is never told again. Returns the row's id. */
export async function setSecret(app: App, actor: Actor, input: SetSecretInput): Promise<string> {
  requireKnown(actor)
  const owner = await secretOwner(app, actor, input)
  requireIn(actor, 'secrets:write', owner.organizationId, 'installation')
  const { key, value } = checkInput(Input, input)
  const place: SecretPlace = { ...owner, key }
  const dataKey = await dataKeyOf(app, owner.organizationId)
  const sealed = seal(dataKey, Buffer.from(value, 'utf8'), secretContext(place))
  const at = app.clock.now()
  return await change(app, async (tx) => {
    // One statement, so that two writers at once become two versions.
    const rows = await tx.$queryRaw<{ id: string; version: number }[]>`
      insert into secret (id, organization_id, plugin_id, site_id, key, version, sealed, updated_at, updated_by_id)
      values (${newId()}::uuid, ${owner.organizationId}::uuid, ${owner.pluginId}::uuid, ${owner.siteId}::uuid, ${key}, 1,
        ${sealed}, ${at}, ${actor.principalId}::uuid)
      on conflict (organization_id, plugin_id, site_id, key) do update
        set version = secret.version + 1, sealed = excluded.sealed, updated_at = excluded.updated_at,
          updated_by_id = excluded.updated_by_id
      returning id, version`
    const { id, version } = rows[0]!
    const { organizationId, siteId, pluginId } = owner
    const changed = { before: version === 1 ? null : { version: version - 1 }, after: { version } }
    const scope = { organizationId, siteId, subjectId: pluginId, pluginId, ...by(actor), changed, at }
    await record(tx, 'secret.changed', { slug: owner.slug, key, version }, scope)
    return id
  })
}

/** Whose secret it is, by one of the two ways to say it; NOT_FOUND where the actor may not see that. */
export async function secretOwner(
  app: App,
  actor: Actor,
  input: Pick<SetSecretInput, 'installationId' | 'organizationId' | 'pluginId'>,
): Promise<{ organizationId: string; pluginId: string; siteId: string | null; slug: string }> {
  const { installationId, organizationId, pluginId } = input
  if (installationId !== undefined) {
    const found = await app.database.prisma.installation.findFirst({
      where: { AND: [{ id: installationId }, withinReach(reachOf(actor, 'installations:read'))] },
      select: { organizationId: true, pluginId: true, siteId: true, plugin: { select: { slug: true } } },
    })
    if (found === null) throw notFound('installation')
    return { ...found, slug: found.plugin.slug }
  }
  if (organizationId === undefined || pluginId === undefined) {
    throw new RequestError(
      'BAD_USER_INPUT',
      'Give `installationId`, or both `organizationId` and `pluginId`.',
    )
  }
  requireIn(actor, 'tenancy:read', organizationId, 'organization')
  await checkOrganization(app, organizationId)
  const plugin = await app.database.prisma.plugin.findUnique({
    where: { id: pluginId },
    select: { slug: true },
  })
  if (plugin === null) throw notFound('plugin')
  return { organizationId, pluginId, siteId: null, slug: plugin.slug }
}
