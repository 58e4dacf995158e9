import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { can } from '../../auth/authorize.ts'
import type { Permission } from '../../auth/permissions.ts'
import { notFound, RequestError } from '../../lib/errors.ts'
import { visiblePlugins } from '../packages/policy.ts'

const SELECT = {
  id: true,
  slug: true,
  ownerId: true,
  licenseRequired: true,
  perpetualFallback: true,
  trialDays: true,
} as const

/** A plugin with its licence policy, for whose owner the actor holds a permission; NOT_FOUND where he may not see it. */
export async function licensablePlugin(app: App, actor: Actor, pluginId: string, permission: Permission) {
  const plugin = await app.database.prisma.plugin.findFirst({
    where: { AND: [{ id: pluginId }, visiblePlugins(actor)] },
    select: SELECT,
  })
  if (plugin === null) throw notFound('plugin')
  if (can(actor, permission, plugin.ownerId)) return plugin
  throw new RequestError(
    'FORBIDDEN',
    `This needs the permission ${permission} for whom the plugin belongs to, which you do not have.`,
  )
}
