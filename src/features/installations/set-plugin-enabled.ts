import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { can, requireIn, requireKnown, requireOnPlatform } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { notFound } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Tx } from '../../platform/database.ts'
import { visiblePlugins } from '../packages/policy.ts'
import { holdSwitches } from './hold-switches.ts'
import { tellSwitched } from './tell-switched.ts'

export interface SetPluginEnabledInput {
  pluginId: string
  /** Left out: for all. */
  organizationId?: string | undefined
  enabled: boolean
}

/**
 * Switches a plugin on or off, globally (`plugins:manage` on the platform) or for one organization (`installations:manage`
 * there). From the commit on no process begins a call of what is off; what runs is stopped when its installations are told.
 * Installations keep their status: both switches must be on for the active ones to run. Switching to what it is already changes nothing.
 */
export async function setPluginEnabled(app: App, actor: Actor, input: SetPluginEnabledInput): Promise<void> {
  requireKnown(actor)
  const { pluginId, organizationId = null, enabled } = input
  if (organizationId !== null && !can(actor, 'tenancy:read', organizationId)) throw notFound('organization')
  const plugin = await app.database.prisma.plugin.findFirst({
    where: { AND: [{ id: pluginId }, visiblePlugins(actor)] },
    select: { slug: true },
  })
  if (plugin === null) throw notFound('plugin')
  if (organizationId === null) requireOnPlatform(actor, 'plugins:manage')
  else await requireOrganization(app, actor, organizationId)
  const at = app.clock.now()
  const switchId = await change(app, async (tx) => {
    const changed =
      organizationId === null
        ? await switchGlobally(tx, pluginId, enabled, at)
        : await switchFor(tx, { organizationId, pluginId }, enabled, at)
    if (!changed) return null
    const scope = organizationId === null ? ('GLOBAL' as const) : ('ORGANIZATION' as const)
    return await record(
      tx,
      'plugin.switched',
      { slug: plugin.slug, scope, enabled },
      {
        organizationId,
        subjectId: pluginId,
        pluginId,
        ...by(actor),
        changed: { before: { enabled: !enabled }, after: { enabled } },
        at,
      },
    )
  })
  if (switchId !== null) {
    await tellSwitched(app, { switchId, pluginId, organizationId, enabled, actorId: actor.principalId })
  }
}

async function requireOrganization(app: App, actor: Actor, organizationId: string): Promise<void> {
  requireIn(actor, 'installations:manage', organizationId, 'organization')
  // Who may do it everywhere can name one that is not there.
  const there = await app.database.prisma.organization.count({ where: { id: organizationId } })
  if (there === 0) throw notFound('organization')
}

async function switchGlobally(tx: Tx, id: string, enabled: boolean, at: Date): Promise<boolean> {
  const { count } = await tx.plugin.updateMany({
    where: { id, enabled: !enabled },
    data: { enabled, updatedAt: at },
  })
  return count === 1
}

/** An organization's own switch for a plugin, from its row and for each of its installations. */
interface Place {
  organizationId: string
  pluginId: string
}

async function switchFor(tx: Tx, place: Place, enabled: boolean, at: Date): Promise<boolean> {
  const was = (await holdSwitches(tx, place.organizationId, [place.pluginId])).get(place.pluginId)
  if (was === enabled) return false
  const data = { enabled, updatedAt: at, ...(enabled ? { enabledAt: at } : {}) }
  await tx.organizationPluginConfig.upsert({
    where: { organizationId_pluginId: place },
    create: { id: newId(), ...place, ...data },
    update: data,
    select: { id: true },
  })
  await tx.installation.updateMany({ where: place, data: { organizationEnabled: enabled } })
  return true
}
