import type { App } from '../../app.ts'
import { payloadOf, type EventRecord } from '../../events/catalog.ts'
import { running } from '../installations/policy.ts'
import { forgetPluginCode } from '../invocations/plugin-code.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { messageOf } from '../../lib/errors.ts'
import { seconds } from '../../lib/units.ts'

/** What still runs of an installation that was deactivated in good order has so long to end; promised are 2 s. */
const GRACE_MS = seconds(1)

/**
 * In every process: the isolates of what was stopped or replaced go; what was revoked, or stopped by the emergency switch,
 * is killed where it runs, and what was deactivated or switched off is given a moment before. Returns what ends it.
 */
export function stopCodeOnEvents(app: App): () => void {
  const watch: Watch = { app, due: new Set(), isOver: false }
  app.events.onEvent((event) => {
    if (event.source === 'patchbay') REACTIONS[event.type]?.(watch, event)
  })
  return () => {
    watch.isOver = true
    for (const timer of watch.due) clearTimeout(timer)
  }
}

interface Watch {
  app: App
  /** What is to be killed in a moment. */
  due: Set<NodeJS.Timeout>
  isOver: boolean
}

const REACTIONS: Readonly<Record<string, (watch: Watch, event: EventRecord) => void>> = {
  'package.revoked': (watch, event) => {
    const { app } = watch
    const { slug, version, reason, checksum } = payloadOf(event, 'package.revoked')
    forgetPluginCode(app, checksum)
    app.runtime.stop({ digest: checksum }, `${slug} ${version} was revoked: ${reason}`)
  },
  'plugin.disabled': (watch, event) => {
    const { app } = watch
    const { reason, atOnce } = payloadOf(event, 'plugin.disabled')
    const installation = event.subjectId!
    if (atOnce) app.runtime.stop({ installation }, reason ?? DEACTIVATED)
    else endSoon(watch, [installation])
  },
  'plugin.all_disabled': (watch, event) => {
    const { app } = watch
    const { reason, halted } = payloadOf(event, 'plugin.all_disabled')
    // Of a site only what is named; what else runs there is stopped as each installation is.
    if (event.siteId === null) app.runtime.stop({ organization: event.organizationId }, reason)
    for (const installation of halted) app.runtime.stop({ installation }, reason)
  },
  'plugin.uninstalled': ({ app }, event) => app.runtime.retire(event.subjectId!),
  'plugin.failed': ({ app }, event) => app.runtime.retire(event.subjectId!),
  // What runs ends on the version that it began with.
  'plugin.upgraded': ({ app }, event) => app.runtime.retire(payloadOf(event, 'plugin.upgraded').supersedes),
  'plugin.rolled_back': ({ app }, event) =>
    app.runtime.retire(payloadOf(event, 'plugin.rolled_back').supersedes),
  'plugin.switched': (watch, event) => {
    if (payloadOf(event, 'plugin.switched').enabled) return
    const { subjectId, organizationId } = event
    endWhere(watch, { pluginId: subjectId!, ...(organizationId === null ? {} : { organizationId }) })
  },
  // It may be labelled for development no more.
  'site.updated': (watch, event) =>
    endWhere(watch, { siteId: event.siteId!, license: { type: 'DEVELOPER' } }),
  // A licence may have become necessary.
  'plugin.updated': (watch, event) => endWhere(watch, { pluginId: event.subjectId! }),
  'license.suspended': (watch, event) => endWhere(watch, { licenseId: event.subjectId! }),
  'license.revoked': (watch, event) => endWhere(watch, { licenseId: event.subjectId! }),
  'license.expired': (watch, event) => endWhere(watch, { licenseId: event.subjectId! }),
}

const DEACTIVATED = 'It was deactivated.'

/** Ends what of these is ACTIVE and does not run any more. */
function endWhere(watch: Watch, where: Prisma.InstallationWhereInput): void {
  const { app } = watch
  const idle = { status: 'ACTIVE' as const, NOT: running(app.clock.now()) }
  app.database.prisma.installation
    .findMany({ where: { AND: [where, idle] }, select: { id: true } })
    .then((rows) =>
      endSoon(
        watch,
        rows.map(({ id }) => id),
      ),
    )
    .catch((error: unknown) => couldNotEnd(app, error))
}

/** Its isolates go when they are free; what is not free in a moment is killed. Hooks of its life are spared. */
function endSoon(watch: Watch, ids: readonly string[]): void {
  const { app, due } = watch
  if (watch.isOver) return
  for (const id of ids) app.runtime.retire(id)
  const timer = setTimeout(() => {
    due.delete(timer)
    app.database.prisma.installation
      .findMany({ where: { id: { in: [...ids] }, AND: [running(app.clock.now())] }, select: { id: true } })
      .then((again) => {
        for (const installation of ids) {
          // It may run once more by now.
          if (again.some(({ id }) => id === installation)) continue
          app.runtime.stop({ installation, but: 'LIFECYCLE' }, DEACTIVATED)
        }
      })
      .catch((error: unknown) => couldNotEnd(app, error))
  }, GRACE_MS)
  timer.unref()
  due.add(timer)
}

function couldNotEnd(app: App, error: unknown): void {
  app.log.error({ reason: messageOf(error) }, 'code that was stopped could not be ended')
}
