import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireOnPlatform } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { checkInput, label, slug } from '../../lib/check-input.ts'
import { UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { isUniqueViolation } from '../../platform/database.ts'

const Input = z.object({ slug, name: label })

/** Makes a tenant. Returns its id; ALREADY_EXISTS where the slug is taken. */
export async function createOrganization(
  app: App,
  actor: Actor,
  input: { slug: string; name: string },
): Promise<string> {
  requireOnPlatform(actor, 'tenancy:manage')
  const { slug, name } = checkInput(Input, input)
  const id = newId()
  const at = app.clock.now()
  try {
    await change(app, async (tx) => {
      await tx.organization.create({ data: { id, slug, name, createdAt: at }, select: { id: true } })
      const changed = { before: null, after: { slug, name } }
      const scope = { organizationId: id, subjectId: id, ...by(actor), changed, at }
      await record(tx, 'organization.created', { slug }, scope)
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new UserError('ALREADY_EXISTS', `The slug "${slug}" is taken by another organization.`, ['slug'])
  }
  return id
}
