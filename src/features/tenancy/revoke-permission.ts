import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { UserError } from '../../lib/errors.ts'
import { checkOrganization } from './existing-organization.ts'
import type { RolePermissionInput } from './grant-permission.ts'

/** Takes a plugin's permission from a role; NOT_FOUND where the role was not given it. Returns the organization's id. */
export async function revokePermission(app: App, actor: Actor, input: RolePermissionInput): Promise<string> {
  const { organizationId, role, permission } = input
  requireIn(actor, 'tenancy:manage', organizationId, 'organization')
  await checkOrganization(app, organizationId)
  const at = app.clock.now()
  await change(app, async (tx) => {
    const { count } = await tx.rolePermission.deleteMany({ where: { organizationId, role, permission } })
    if (count === 0) {
      throw new UserError('NOT_FOUND', `${role} was not given this permission here.`, ['permission'])
    }
    const changed = { before: { role, permission }, after: null }
    const scope = { organizationId, subjectId: organizationId, ...by(actor), changed, at }
    await record(tx, 'permission.revoked', { role, permission }, scope)
  })
  return organizationId
}
