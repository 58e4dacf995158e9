import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn } from '../../auth/authorize.ts'
import { difference } from '../../events/audit.ts'
import { record } from '../../events/record.ts'
import { checkInput, label } from '../../lib/check-input.ts'
import { checkOrganization } from './existing-organization.ts'

const Input = z.object({ name: label.optional(), requireSignatures: z.boolean().optional() })

export interface UpdateOrganizationInput {
  organizationId: string
  name?: string | undefined
  /** From now on only packages with a valid signature of their publisher are installed; what is there runs on. */
  requireSignatures?: boolean | undefined
}

/** Changes what is given of an organization, and leaves the rest. Returns its id. */
export async function updateOrganization(
  app: App,
  actor: Actor,
  input: UpdateOrganizationInput,
): Promise<string> {
  const { organizationId } = input
  requireIn(actor, 'tenancy:manage', organizationId, 'organization')
  const { name, requireSignatures } = checkInput(Input, input)
  await checkOrganization(app, organizationId)
  const at = app.clock.now()
  await change(app, async (tx) => {
    // Locked, so that what is told as before was never overtaken.
    await tx.$queryRaw`select id from organization where id = ${organizationId}::uuid for no key update`
    const select = { name: true, requireSignatures: true }
    const before = await tx.organization.findUniqueOrThrow({ where: { id: organizationId }, select })
    const after = await tx.organization.update({
      where: { id: organizationId },
      data: {
        ...(name === undefined ? {} : { name }),
        ...(requireSignatures === undefined ? {} : { requireSignatures }),
      },
      select,
    })
    const changed = difference(before, after)
    const scope = { organizationId, subjectId: organizationId, ...by(actor), changed, at }
    await record(tx, 'organization.updated', { requireSignatures: after.requireSignatures }, scope)
  })
  return organizationId
}
