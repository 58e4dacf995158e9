import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import { UserError } from '../../lib/errors.ts'
import { secretOwner, type NamedOwner } from './secret-owner.ts'

/** Removes a secret, and the value before it, for good. NOT_FOUND where the owner has none of that key. */
export async function deleteSecret(
  app: App,
  actor: Actor,
  { key, ...named }: NamedOwner & { key: string },
): Promise<void> {
  const { slug, ...owner } = await secretOwner(app, actor, named)
  const { organizationId, pluginId, siteId } = owner
  await change(app, async (tx) => {
    // One statement, so that of two who delete at once one finds nothing.
    const [removed] = await tx.$queryRaw<{ version: number }[]>`
      delete from secret where organization_id = ${organizationId}::uuid and key = ${key}
        and plugin_id is not distinct from ${pluginId}::uuid and site_id is not distinct from ${siteId}::uuid
      returning version`
    if (removed === undefined) throw new UserError('NOT_FOUND', `There is no secret ${key} here.`, ['key'])
    const { version } = removed
    const changed = { before: { version }, after: null }
    const subjectId = pluginId ?? organizationId
    const scope = { organizationId, siteId, subjectId, pluginId, ...by(actor), changed, at: app.clock.now() }
    await record(tx, 'secret.deleted', { slug, key, version }, scope)
    // The payload tells of no secret any more: that there is an answer is all of it.
    await actor.trail?.attempt?.settle(tx, {})
  })
}
