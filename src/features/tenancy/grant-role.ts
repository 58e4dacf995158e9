import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import type { Role } from '../../generated/prisma/enums.ts'
import { checkInput } from '../../lib/check-input.ts'
import { newId } from '../../lib/ids.ts'
import type { Tx } from '../../platform/database.ts'
import { requireManager, requireWhole } from './giving.ts'
import { rolesOf } from './roles-of.ts'
import { email, personName } from './user-input.ts'

const Input = z.object({ email, name: personName.optional() })

export interface GrantRoleInput {
  email: string
  /** Of a user who is not known yet; his address where left out. */
  name?: string | undefined
  role: Role
  /** Left out: the role holds on the whole platform. */
  organizationId?: string | undefined
}

/**
 * Gives a user a role, and makes the user where there is none with that address; he is who signs in with it first. Twice
 * is once. Returns the user's id.
 */
export async function grantRole(app: App, actor: Actor, input: GrantRoleInput): Promise<string> {
  const { role, organizationId = null } = input
  await requireManager(app, actor, organizationId)
  requireWhole(actor, role, organizationId)
  const { email, name } = checkInput(Input, input)
  const at = app.clock.now()
  return await change(app, async (tx) => {
    const { id: userId, isNew } = await userWith(tx, email, name ?? email, at)
    // Two who give the same role at once give it once.
    await tx.$queryRaw`select 1 as held from principal where id = ${userId}::uuid for no key update`
    const before = await rolesOf(tx, userId, organizationId)
    if (before.includes(role)) return userId
    await tx.membership.create({
      // The name of who is new is the one that was given here.
      data: { id: newId(), principalId: userId, organizationId, role, accepted: isNew },
      select: { id: true },
    })
    const changed = { before: { roles: before }, after: { roles: [...before, role].sort() } }
    const scope = { organizationId, subjectId: userId, ...by(actor), changed, at }
    await record(tx, 'role.granted', { email, role }, scope)
    return userId
  })
}

async function userWith(
  tx: Tx,
  email: string,
  name: string,
  createdAt: Date,
): Promise<{ id: string; isNew: boolean }> {
  const known = await tx.user.findUnique({ where: { email }, select: { id: true } })
  if (known !== null) return { id: known.id, isNew: false }
  const id = newId()
  await tx.principal.create({ data: { id, kind: 'USER', createdAt }, select: { id: true } })
  const made = await tx.user.createMany({ data: [{ id, email, name, createdAt }], skipDuplicates: true })
  if (made.count > 0) return { id, isNew: true }
  // Somebody else has just made the user.
  await tx.principal.delete({ where: { id }, select: { id: true } })
  const { id: theirs } = await tx.user.findUniqueOrThrow({ where: { email }, select: { id: true } })
  return { id: theirs, isNew: false }
}
