import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn } from '../../auth/authorize.ts'
import { didYouMean } from '../../archive/closest.ts'
import { quote } from '../../archive/quote.ts'
import { record } from '../../events/record.ts'
import type { Role } from '../../generated/prisma/enums.ts'
import { UserError } from '../../lib/errors.ts'
import { contributedLoader, isContributed } from './contributed-permissions.ts'
import { checkOrganization } from './existing-organization.ts'
import { requireHeld } from './giving.ts'

export interface RolePermissionInput {
  organizationId: string
  role: Role
  /** One that a plugin contributes. */
  permission: string
}

/**
 * Gives a role of an organization a permission that a plugin contributes; all who have the role there hold it from then on.
 * Twice is once. Returns the organization's id.
 */
export async function grantPermission(app: App, actor: Actor, input: RolePermissionInput): Promise<string> {
  const { organizationId, role, permission } = input
  requireIn(actor, 'tenancy:manage', organizationId, 'organization')
  await checkOrganization(app, organizationId)
  if (role === 'ADMIN') throw invalid('Administrators hold every permission of plugins anyway.', 'role')
  if (!isName(permission) || !(await isContributed(app, permission, organizationId))) {
    const { installed } = await contributedLoader(app).load(organizationId)
    const known = installed.length === 0 ? '' : ` Plugins here contribute: ${installed.join(', ')}.`
    throw invalid(
      `No plugin contributes ${quote(permission)}.${didYouMean(permission, installed)}${known}`,
      'permission',
    )
  }
  await requireHeld(app, actor, permission, organizationId)
  const at = app.clock.now()
  await change(app, async (tx) => {
    const { count } = await tx.rolePermission.createMany({
      data: [{ organizationId, role, permission, createdAt: at }],
      skipDuplicates: true,
    })
    if (count === 0) return
    const changed = { before: null, after: { role, permission } }
    const scope = { organizationId, subjectId: organizationId, ...by(actor), changed, at }
    await record(tx, 'permission.granted', { role, permission }, scope)
  })
  return organizationId
}

/** As manifests write them; whatever else is no permission of any plugin, and nothing to ask the database for. */
function isName(text: string): boolean {
  return text.length <= 200 && /^[\x21-\x7e]+$/.test(text)
}

function invalid(message: string, field: string): UserError {
  return new UserError('INVALID_INPUT', message, [field])
}
