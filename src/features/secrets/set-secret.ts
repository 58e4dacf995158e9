import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import { checkInput } from '../../lib/check-input.ts'
import { newId } from '../../lib/ids.ts'
import { hours, KiB } from '../../lib/units.ts'
import { open, seal } from '../../platform/crypto.ts'
import type { Tx } from '../../platform/database.ts'
import { dataKeyOf, secretContext, type SecretPlace } from './data-key.ts'
import { secretOwner, type NamedOwner } from './secret-owner.ts'

/** Certificates with their chains fit; whole files do not belong here. */
const MAX_VALUE_BYTES = 64 * KiB

/** So long a replaced value counts as well: receivers of webhooks have that time to learn the new one. */
const PREVIOUS_MS = hours(24)

const Input = z.object({
  key: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'is UPPER_SNAKE_CASE, at most 64 characters'),
  value: z
    .string()
    .min(1, 'must not be empty')
    .refine((value) => Buffer.byteLength(value) <= MAX_VALUE_BYTES, `has at most ${MAX_VALUE_BYTES} bytes`),
})

export interface SetSecretInput extends NamedOwner {
  key: string
  value: string
}

/** Keeps a secret, encrypted; a new value is a new version. The value is never told again. Returns the row's id. */
export async function setSecret(app: App, actor: Actor, input: SetSecretInput): Promise<string> {
  const { slug, ...owner } = await secretOwner(app, actor, input)
  const { key, value } = checkInput(Input, input)
  const { organizationId, pluginId, siteId } = owner
  const place: SecretPlace = { ...owner, key }
  const dataKey = await dataKeyOf(app, organizationId)
  const plain = Buffer.from(value, 'utf8')
  const sealed = seal(dataKey, plain, secretContext(place))
  const at = app.clock.now()
  const until = new Date(at.getTime() + PREVIOUS_MS)
  return await change(app, async (tx) => {
    const repeats = await isCurrent(tx, place, dataKey, plain)
    // One statement, so that two writers at once become two versions.
    const rows = await tx.$queryRaw<{ id: string; version: number }[]>`
      insert into secret (id, organization_id, plugin_id, site_id, key, version, sealed, updated_at, updated_by_id)
      values (${newId()}::uuid, ${organizationId}::uuid, ${pluginId}::uuid, ${siteId}::uuid, ${key}, 1,
        ${sealed}, ${at}, ${actor.principalId}::uuid)
      on conflict (organization_id, plugin_id, site_id, key) do update
        set version = secret.version + 1, sealed = excluded.sealed, updated_at = excluded.updated_at,
          updated_by_id = excluded.updated_by_id,
          previous_sealed = case when ${repeats} then secret.previous_sealed else secret.sealed end,
          previous_until = case when ${repeats} then secret.previous_until else ${until} end
      returning id, version`
    const { id, version } = rows[0]!
    const changed = { before: version === 1 ? null : { version: version - 1 }, after: { version } }
    const subjectId = pluginId ?? organizationId
    const scope = { organizationId, siteId, subjectId, pluginId, ...by(actor), changed, at }
    await record(tx, 'secret.changed', { slug, key, version }, scope)
    await actor.trail?.attempt?.settle(tx, { secretId: id })
    return id
  })
}

/** Whether it is the value that counts already: sent twice, it must not push out the one before. */
async function isCurrent(
  tx: Tx,
  place: SecretPlace,
  dataKey: Uint8Array,
  plain: Uint8Array,
): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ sealed: Uint8Array }[]>`
    select sealed from secret
    where organization_id = ${place.organizationId}::uuid and key = ${place.key}
      and plugin_id is not distinct from ${place.pluginId}::uuid
      and site_id is not distinct from ${place.siteId}::uuid
    for update`
  if (row === undefined) return false
  return Buffer.compare(open(dataKey, row.sealed, secretContext(place)), plain) === 0
}
