import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { can, requireIn, requireKnown } from '../../auth/authorize.ts'
import { difference } from '../../events/audit.ts'
import { record } from '../../events/record.ts'
import { checkInput, label } from '../../lib/check-input.ts'
import { notFound } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { siteLabels } from './site-labels.ts'

const Input = z.object({
  name: label.optional(),
  hostVersion: z.string().optional(),
  labels: siteLabels.optional(),
})

export interface UpdateSiteInput {
  siteId: string
  name?: string | undefined
  /** SemVer of the host application that the site runs from now on. */
  hostVersion?: string | undefined
  /** In place of all former ones. */
  labels?: unknown
}

/**
 * Changes what is given of a site, and leaves the rest. Returns its id. A new host version is a fact that the site tells: it is taken
 * also where plugins are installed that are not made for it. These run on; `checkHostVersion` tells which before.
 */
export async function updateSite(app: App, actor: Actor, input: UpdateSiteInput): Promise<string> {
  const { siteId } = input
  requireKnown(actor)
  const site = await app.database.prisma.site.findUnique({
    where: { id: siteId },
    select: { organizationId: true },
  })
  if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
  requireIn(actor, 'tenancy:manage', site.organizationId, 'site')
  const { name, hostVersion, labels } = checkInput(Input, input)
  const at = app.clock.now()
  await change(app, async (tx) => {
    // Locked, so that what is told as before was never overtaken.
    await tx.$queryRaw`select id from site where id = ${siteId}::uuid for no key update`
    const select = { slug: true, name: true, hostVersion: true, labels: true } as const
    const before = await tx.site.findUniqueOrThrow({ where: { id: siteId }, select })
    const after = await tx.site.update({
      where: { id: siteId },
      data: {
        ...(name === undefined ? {} : { name }),
        ...(hostVersion === undefined ? {} : { hostVersion }),
        ...(labels === undefined ? {} : { labels }),
      },
      select,
    })
    const changed = difference(before as JsonObject, after as JsonObject)
    const { organizationId } = site
    const scope = { organizationId, siteId, subjectId: siteId, ...by(actor), changed, at }
    await record(tx, 'site.updated', { slug: after.slug }, scope)
  })
  return siteId
}
