import type { App } from '../../app.ts'
import { messageOf } from '../../lib/errors.ts'
import { seconds } from '../../lib/units.ts'
import type { PluginLogLine } from '../../runtime/plugin-call.ts'
import { rowLines } from './row-lines.ts'
import type { Target } from './target.ts'
import { linesWithoutSecrets } from './without-secrets.ts'

/** Runs that are shorter than this, nearly all, write nothing beside their end. */
const EVERY_MS = seconds(1)

/** What a run logs, in its row while it still runs. */
export interface LiveLog {
  note: (line: PluginLogLine) => void
  /** Nothing is written any more: the end has all of it. */
  close: () => void
}

/**
 * Keeps the lines of a run that goes on in its row, so that whoever looks sees them within a second: one write a second at most, of as
 * many lines as a run may log, and none where nothing came. What is too late for a run that has ended changes nothing.
 */
export function openLiveLog(app: App, target: Target, invocationId: string): LiveLog {
  const lines: PluginLogLine[] = []
  let timer: NodeJS.Timeout | undefined
  const write = async (): Promise<void> => {
    timer = undefined
    const logs = rowLines(linesWithoutSecrets(app, target.id, lines))
    await app.database.pool.query({
      name: 'patchbay_live_log',
      text: `update invocation set logs = $2 where id = $1 and status = 'RUNNING'`,
      values: [invocationId, JSON.stringify(logs)],
    })
  }
  return {
    note: (line) => {
      lines.push(line)
      timer ??= setTimeout(() => {
        write().catch((error: unknown) => {
          app.log.warn(
            { invocationId, reason: messageOf(error) },
            'the log of a run that goes on was not kept',
          )
        })
      }, EVERY_MS).unref()
    },
    close: () => clearTimeout(timer),
  }
}
