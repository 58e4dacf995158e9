import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { drawApiKey } from '../../auth/api-key.ts'
import { requireIn, requireOnPlatform } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import type { Role } from '../../generated/prisma/enums.ts'
import { checkInput, label } from '../../lib/check-input.ts'
import { UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { checkOrganization } from './existing-organization.ts'

const Input = z.object({ name: label })

export interface CreateApiKeyInput {
  name: string
  role: Role
  /** Left out: the role holds on the whole platform. */
  organizationId?: string | undefined
  expiresAt?: Date | undefined
}

/** Makes a key with one role. Returns its id and the key in full, which is told here and never again. */
export async function createApiKey(
  app: App,
  actor: Actor,
  input: CreateApiKeyInput,
): Promise<{ id: string; secret: string }> {
  const organizationId = input.organizationId ?? null
  if (organizationId === null) requireOnPlatform(actor, 'tenancy:manage')
  else requireIn(actor, 'tenancy:manage', organizationId, 'organization')
  const { name } = checkInput(Input, input)
  const at = app.clock.now()
  if (input.expiresAt !== undefined && input.expiresAt <= at) {
    throw new UserError('INVALID_INPUT', 'expiresAt lies in the past; the key would never be valid.', [
      'expiresAt',
    ])
  }
  if (organizationId !== null) await checkOrganization(app, organizationId)
  const id = newId()
  const key = drawApiKey()
  await change(app, async (tx) => {
    await tx.principal.create({ data: { id, kind: 'API_KEY', createdAt: at }, select: { id: true } })
    await tx.membership.create({
      data: { id: newId(), principalId: id, organizationId, role: input.role },
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
    const scope = { organizationId, subjectId: id, ...by(actor), at }
    await record(tx, 'api_key.created', { name, prefix: key.prefix }, scope)
  })
  return { id, secret: key.secret }
}
