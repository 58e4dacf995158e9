import type { App } from '../../app.ts'
import type { Webhook } from '../../archive/webhook.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { running } from '../installations/policy.ts'

/** What happened where. */
interface Happened {
  type: string
  organizationId: string | null
  siteId: string | null
}

/**
 * The webhooks that an event concerns: those of the organization where it happened, and of the plugins that run at its site (at all
 * sites, where it happened at none). Events of webhooks concern none. Returns their ids.
 */
export async function matchWebhooks(app: App, { type, organizationId, siteId }: Happened): Promise<string[]> {
  if (organizationId === null || type.startsWith('webhook.')) return []
  const subscribed = await app.database.prisma.webhook.findMany({
    where: {
      organizationId,
      enabled: true,
      events: { hasSome: patternsOf(type) },
      OR: [
        { installationId: null },
        { ...(siteId === null ? {} : { siteId }), installation: running(app.clock.now()) },
      ],
    },
    select: { id: true, siteId: true, definition: true },
  })
  return subscribed.length === 0 ? [] : await whereMet(app, siteId, subscribed)
}

/** All subscriptions that cover a type: `a.b.c`, `a.b.*`, `a.*` and `*`. */
function patternsOf(type: string): string[] {
  const labels = type.split('.')
  const below = labels.slice(1).map((_, index) => `${labels.slice(0, index + 1).join('.')}.*`)
  return [type, ...below, '*']
}

interface Subscribed {
  id: string
  siteId: string | null
  definition: unknown
}

/** Those whose `when` holds: of the site where it happened, or, where it happened at none, where the plugin is. */
async function whereMet(app: App, eventSiteId: string | null, webhooks: Subscribed[]): Promise<string[]> {
  const wanted = webhooks.map(({ id, siteId, definition }) => ({
    id,
    siteId: eventSiteId ?? siteId,
    labels: (definition as Webhook).when?.site.labels,
  }))
  const siteIds = wanted.flatMap((it) => (it.labels === undefined || it.siteId === null ? [] : [it.siteId]))
  const sites =
    siteIds.length === 0
      ? []
      : await app.database.prisma.site.findMany({
          where: { id: { in: siteIds } },
          select: { id: true, labels: true },
        })
  const labelsOf = new Map(sites.map((site) => [site.id, site.labels as JsonValue]))
  return wanted
    .filter(({ siteId, labels }) => labels === undefined || hasAll(labelsOf.get(siteId ?? ''), labels))
    .map(({ id }) => id)
}

function hasAll(given: JsonValue | undefined, wanted: Readonly<Record<string, string>>): boolean {
  if (!isJsonObject(given)) return false
  return Object.entries(wanted).every(([name, value]) => given[name] === value)
}
