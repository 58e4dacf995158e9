import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { checkInput, label, slug } from '../../lib/check-input.ts'
import { UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { isUniqueViolation } from '../../platform/database.ts'
import { checkOrganization } from './existing-organization.ts'
import { siteLabels } from './site-labels.ts'

const Input = z.object({ slug, name: label, hostVersion: z.string(), labels: siteLabels.default({}) })

export interface CreateSiteInput {
  organizationId: string
  slug: string
  name: string
  /** SemVer of the host application. */
  hostVersion: string
  /** Flat: names to texts, numbers or booleans. */
  labels?: unknown
}

/** Makes a site of an organization. Returns its id; ALREADY_EXISTS where the organization has that slug already. */
export async function createSite(app: App, actor: Actor, input: CreateSiteInput): Promise<string> {
  const { organizationId } = input
  requireIn(actor, 'tenancy:manage', organizationId, 'organization')
  const { slug, name, hostVersion, labels } = checkInput(Input, input)
  await checkOrganization(app, organizationId)
  const id = newId()
  const at = app.clock.now()
  try {
    await change(app, async (tx) => {
      const data = { id, organizationId, slug, name, hostVersion, labels, createdAt: at }
      await tx.site.create({ data, select: { id: true } })
      const changed = { before: null, after: { slug, name, hostVersion, labels } }
      const scope = { organizationId, siteId: id, subjectId: id, ...by(actor), changed, at }
      await record(tx, 'site.created', { slug }, scope)
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new UserError('ALREADY_EXISTS', `The organization has a site "${slug}" already.`, ['slug'])
  }
  return id
}
