import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { drawApiKey } from '../../auth/api-key.ts'
import { record } from '../../events/record.ts'
import type { Role } from '../../generated/prisma/enums.ts'
import { checkInput, label } from '../../lib/check-input.ts'
import { UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { checkNarrowing, requireHeld, requireManager, requireWhole } from './giving.ts'

const Input = z.object({ name: label })

export interface CreateApiKeyInput {
  name: string
  role: Role
  /** Left out: the role holds on the whole platform. */
  organizationId?: string | undefined
  /** Fewer than the role gives; left out: all of it. */
  permissions?: readonly string[] | undefined
  expiresAt?: Date | undefined
}

/**
 * Makes a key with one role, or some of its permissions, and never with more than its maker holds there. Returns its id and
 * the key in full, which is told here and never again.
 */
export async function createApiKey(
  app: App,
  actor: Actor,
  input: CreateApiKeyInput,
): Promise<{ id: string; secret: string }> {
  const organizationId = input.organizationId ?? null
  await requireManager(app, actor, organizationId)
  const { name } = checkInput(Input, input)
  const at = app.clock.now()
  if (input.expiresAt !== undefined && input.expiresAt <= at) {
    throw new UserError('INVALID_INPUT', 'expiresAt lies in the past; the key would never be valid.', [
      'expiresAt',
    ])
  }
  const permissions = await narrowed(app, actor, organizationId, input)
  const id = newId()
  const key = drawApiKey()
  await change(app, async (tx) => {
    await tx.principal.create({ data: { id, kind: 'API_KEY', createdAt: at }, select: { id: true } })
    await tx.membership.create({
      data: {
        id: newId(),
        principalId: id,
        organizationId,
        role: input.role,
        narrowed: permissions !== null,
        permissions: permissions ?? [],
      },
      select: { id: true },
    })
    await tx.apiKey.create({
      data: {
        id,
        name,
        prefix: key.prefix,
        hash: key.hash,
        createdAt: at,
        expiresAt: input.expiresAt ?? null,
      },
      select: { id: true },
    })
    const made = { name, role: input.role, ...(permissions === null ? {} : { permissions }) }
    const scope = { organizationId, subjectId: id, ...by(actor), changed: { before: null, after: made }, at }
    await record(tx, 'api_key.created', { name, prefix: key.prefix }, scope)
  })
  return { id, secret: key.secret }
}

/** To which permissions the role is narrowed; null: it is given as a whole. */
async function narrowed(
  app: App,
  actor: Actor,
  organizationId: string | null,
  { role, permissions }: CreateApiKeyInput,
): Promise<string[] | null> {
  if (permissions === undefined) {
    requireWhole(actor, role, organizationId)
    return null
  }
  const checked = await checkNarrowing(app, role, organizationId, permissions)
  for (const permission of checked) await requireHeld(app, actor, permission, organizationId)
  return checked
}
