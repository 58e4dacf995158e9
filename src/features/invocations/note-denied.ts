import type { App } from '../../app.ts'
import { messageOf } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { minutes } from '../../lib/units.ts'
import type { PluginResult } from '../../runtime/plugin-call.ts'
import type { Target } from './target.ts'

/** A plugin that tries on and on fills no log: each capability of an installation is told this seldom. */
const TOLD_EVERY_MS = minutes(1)

/** Writes into the audit log which capabilities a run asked for without having their permission. */
export async function noteDenied(
  app: App,
  target: Target,
  invocationId: string,
  { deniedOperations = [] }: PluginResult,
): Promise<void> {
  const names = new Set(deniedOperations.map(known))
  const untold = [...names].filter((name) => isNews(app, `${target.id} ${name}`))
  if (untold.length === 0) return
  const { id: subjectId, organizationId, pluginId, slug, version } = target
  try {
    await app.database.prisma.auditEntry.createMany({
      data: untold.map((capability) => ({
        id: newId(),
        organizationId,
        action: 'capability.denied',
        subjectId,
        pluginId,
        success: false,
        error: `PERMISSION_DENIED: ${slug} ${version} asked for ${capability} without its permission.`,
        details: { slug, version, capability, invocationId },
        at: app.clock.now(),
      })),
    })
    app.bus.ring()
  } catch (error) {
    // The call was denied all the same, and its run is told.
    app.log.error({ installation: subjectId, reason: messageOf(error) }, 'a denied call could not be audited')
  }
}

/** What the guest named is a stranger's text; what is none of our names is all the same. */
function known(operation: string): string {
  return /^[a-z][a-zA-Z]{0,31}(\.[a-z][a-zA-Z]{0,31}){1,2}$/.test(operation)
    ? operation
    : 'an unknown capability'
}

const lastTold = new WeakMap<App, Map<string, number>>()

function isNews(app: App, what: string): boolean {
  const told = lastTold.get(app) ?? new Map<string, number>()
  lastTold.set(app, told)
  const now = app.clock.now().getTime()
  for (const [other, at] of told) if (now - at >= TOLD_EVERY_MS) told.delete(other)
  if (told.has(what)) return false
  told.set(what, now)
  return true
}
