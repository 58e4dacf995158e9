import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import type { Role } from '../../generated/prisma/enums.ts'
import { checkInput } from '../../lib/check-input.ts'
import { UserError } from '../../lib/errors.ts'
import { requireManager } from './giving.ts'
import { lockPlatformAdministrators, requirePlatformAdministrator } from './platform-administrators.ts'
import { rolesOf } from './roles-of.ts'
import { email } from './user-input.ts'

const Input = z.object({ email })

export interface RevokeRoleInput {
  email: string
  role: Role
  /** Left out: the role on the whole platform. */
  organizationId?: string | undefined
}

/**
 * Takes a role from a user; his open streams end within ten seconds. NOT_FOUND where he does not hold it there, which is
 * also said of addresses that are not known. The last administrator of the platform stays. Returns the user's id.
 */
export async function revokeRole(app: App, actor: Actor, input: RevokeRoleInput): Promise<string> {
  const { role, organizationId = null } = input
  await requireManager(app, actor, organizationId)
  const { email } = checkInput(Input, input)
  const at = app.clock.now()
  const ofPlatform = organizationId === null && role === 'ADMIN'
  return await change(app, async (tx) => {
    if (ofPlatform) await lockPlatformAdministrators(tx)
    const user = await tx.user.findUnique({ where: { email }, select: { id: true } })
    if (user === null) throw notHeld()
    await tx.$queryRaw`select 1 as held from principal where id = ${user.id}::uuid for no key update`
    const before = await rolesOf(tx, user.id, organizationId)
    if (!before.includes(role)) throw notHeld()
    await tx.membership.deleteMany({ where: { principalId: user.id, organizationId, role } })
    if (ofPlatform) await requirePlatformAdministrator(tx, app)
    const changed = { before: { roles: before }, after: { roles: before.filter((it) => it !== role) } }
    const scope = { organizationId, subjectId: user.id, ...by(actor), changed, at }
    await record(tx, 'role.revoked', { email, role }, scope)
    return user.id
  })
}

function notHeld(): UserError {
  return new UserError('NOT_FOUND', 'Nobody with this address holds that role there.', ['email'])
}
