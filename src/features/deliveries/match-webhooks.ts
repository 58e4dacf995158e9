import type { App } from '../../app.ts'
import type { Webhook } from '../../archive/webhook.ts'
import { matchesType } from '../../events/catalog.ts'
import { placesOf, type Happened } from '../../events/happened.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { running } from '../installations/policy.ts'

/**
 * For each of the events, in their order, the webhooks that it concerns: those of the organization where it happened, and of the
 * plugins that run at its site (at all sites, where it happened at none). Events of webhooks concern none. Returns their ids. Two queries
 * however many there are.
 */
export async function matchWebhooks(app: App, events: readonly Happened[]): Promise<string[][]> {
  const heard = events.filter(({ type }) => !isOfWebhooks(type))
  if (heard.length === 0) return events.map(() => [])
  const subscribed = await loadSubscribed(app, heard)
  if (subscribed.length === 0) return events.map(() => [])
  const labelsOf = await loadLabels(app, heard, subscribed)
  const byOrganization = Map.groupBy(subscribed, ({ organizationId }) => organizationId)
  const found = new Map<string, string[]>()
  return events.map((event) => {
    if (event.organizationId === null || isOfWebhooks(event.type)) return []
    // Of a flood most are of one type and place.
    const key = `${event.organizationId} ${event.siteId} ${event.type}`
    const known = found.get(key)
    if (known !== undefined) return known
    const concerned = (byOrganization.get(event.organizationId) ?? []).filter((it) =>
      concerns(it, event, labelsOf),
    )
    const ids = concerned.map(({ id }) => id)
    found.set(key, ids)
    return ids
  })
}

function isOfWebhooks(type: string): boolean {
  return type.startsWith('webhook.')
}

interface Subscribed {
  id: string
  organizationId: string
  siteId: string | null
  installationId: string | null
  events: string[]
  labels: Readonly<Record<string, string>> | undefined
}

async function loadSubscribed(app: App, events: readonly Happened[]): Promise<Subscribed[]> {
  const types = new Set(events.map(({ type }) => type))
  const organizationIds = new Set(events.flatMap(({ organizationId }) => organizationId ?? []))
  const rows = await app.database.prisma.webhook.findMany({
    where: {
      organizationId: { in: [...organizationIds] },
      enabled: true,
      events: { hasSome: [...new Set([...types].flatMap(patternsOf))] },
      OR: [{ installationId: null }, { AND: [placesOf(events)], installation: running(app.clock.now()) }],
    },
    select: {
      id: true,
      organizationId: true,
      siteId: true,
      installationId: true,
      events: true,
      definition: true,
    },
  })
  return rows.map(({ definition, ...row }) => ({
    ...row,
    labels: (definition as unknown as Webhook).when?.site.labels,
  }))
}

/** All subscriptions that cover a type: `a.b.c`, `a.b.*`, `a.*` and `*`. */
function patternsOf(type: string): string[] {
  const labels = type.split('.')
  const below = labels.slice(1).map((_, index) => `${labels.slice(0, index + 1).join('.')}.*`)
  return [type, ...below, '*']
}

/** Labels of the sites that any of the webhooks asks for. */
async function loadLabels(
  app: App,
  events: readonly Happened[],
  webhooks: readonly Subscribed[],
): Promise<Map<string, JsonValue>> {
  const asking = webhooks.filter(({ labels }) => labels !== undefined)
  if (asking.length === 0) return new Map()
  const siteIds = new Set([...asking, ...events].flatMap(({ siteId }) => siteId ?? []))
  const sites = await app.database.prisma.site.findMany({
    where: { id: { in: [...siteIds] } },
    select: { id: true, labels: true },
  })
  return new Map(sites.map((site) => [site.id, site.labels as JsonValue]))
}

/** Its `when` is asked of the site where it happened, or, where it happened at none, where the plugin is. */
function concerns(webhook: Subscribed, event: Happened, labelsOf: Map<string, JsonValue>): boolean {
  if (!webhook.events.some((pattern) => matchesType(pattern, event.type))) return false
  if (webhook.installationId !== null && event.siteId !== null && webhook.siteId !== event.siteId)
    return false
  const siteId = event.siteId ?? webhook.siteId ?? ''
  return webhook.labels === undefined || hasAll(labelsOf.get(siteId), webhook.labels)
}

function hasAll(given: JsonValue | undefined, wanted: Readonly<Record<string, string>>): boolean {
  if (!isJsonObject(given)) return false
  return Object.entries(wanted).every(([name, value]) => given[name] === value)
}
