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
 * is killed where it runs, and what was deactivated or switched off is given a moment before.
 */
export function stopCodeOnEvents(app: App): void {
  app.events.onEvent((event) => {
    if (event.source === 'patchbay') REACTIONS[event.type]?.(app, event)
  })
}

const REACTIONS: Readonly<Record<string, (app: App, event: EventRecord) => void>> = {
  'package.revoked': (app, event) => {
    const { slug, version, reason, checksum } = payloadOf(event, 'package.revoked')
    forgetPluginCode(app, checksum)
    app.runtime.stop({ digest: checksum }, `${slug} ${version} was revoked: ${reason}`)
  },
  'plugin.disabled': (app, event) => {
    const { reason, atOnce } = payloadOf(event, 'plugin.disabled')
    const installation = event.subjectId!
    if (atOnce) app.runtime.stop({ installation }, reason ?? DEACTIVATED)
    else endSoon(app, [installation])
  },
  'plugin.all_disabled': (app, event) => {
    const { reason, halted } = payloadOf(event, 'plugin.all_disabled')
    // Of a site only what is named; what else runs there is stopped as each installation is.
    if (event.siteId === null) app.runtime.stop({ organization: event.organizationId }, reason)
    for (const installation of halted) app.runtime.stop({ installation }, reason)
  },
  'plugin.uninstalled': (app, event) => app.runtime.retire(event.subjectId!),
  'plugin.failed': (app, event) => app.runtime.retire(event.subjectId!),
  // What runs ends on the version that it began with.
  'plugin.upgraded': (app, event) => app.runtime.retire(payloadOf(event, 'plugin.upgraded').supersedes),
  'plugin.rolled_back': (app, event) => app.runtime.retire(payloadOf(event, 'plugin.rolled_back').supersedes),
  'plugin.switched': (app, event) => {
    if (payloadOf(event, 'plugin.switched').enabled) return
    const { subjectId, organizationId } = event
    endWhere(app, { pluginId: subjectId!, ...(organizationId === null ? {} : { organizationId }) })
  },
  // It may be labelled for development no more.
  'site.updated': (app, event) => endWhere(app, { siteId: event.siteId!, license: { type: 'DEVELOPER' } }),
  // A licence may have become necessary.
  'plugin.updated': (app, event) => endWhere(app, { pluginId: event.subjectId! }),
  'license.suspended': (app, event) => endWhere(app, { licenseId: event.subjectId! }),
  'license.revoked': (app, event) => endWhere(app, { licenseId: event.subjectId! }),
  'license.expired': (app, event) => endWhere(app, { licenseId: event.subjectId! }),
}

const DEACTIVATED = 'It was deactivated.'

/** Ends what of these is ACTIVE and does not run any more. */
function endWhere(app: App, where: Prisma.InstallationWhereInput): void {
  const idle = { status: 'ACTIVE' as const, NOT: running(app.clock.now()) }
  app.database.prisma.installation
    .findMany({ where: { AND: [where, idle] }, select: { id: true } })
    .then((rows) =>
      endSoon(
        app,
        rows.map(({ id }) => id),
      ),
    )
    .catch((error: unknown) => couldNotEnd(app, error))
}

/** Its isolates go when they are free; what is not free in a moment is killed. Hooks of its life are spared. */
function endSoon(app: App, ids: readonly string[]): void {
  for (const id of ids) app.runtime.retire(id)
  const timer = setTimeout(() => {
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
}

function couldNotEnd(app: App, error: unknown): void {
  app.log.error({ reason: messageOf(error) }, 'code that was stopped could not be ended')
}
