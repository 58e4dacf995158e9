import type { Log } from '../platform/log.ts'
import { directStarter } from './direct-starter.ts'
import type { Launch } from './launch.ts'
import { Launcher } from './launcher.ts'
import type { Starter } from './starter.ts'

/** What starts the runners: a launcher where there can be one, else this process. */
export async function openStarter(launch: Launch, log: Log): Promise<Starter> {
  if (launch.launcher === undefined) return directStarter
  const launcher = new Launcher(launch.launcher, log)
  if (await launcher.open()) return launcher
  await launcher.close()
  log.warn(
    'No launcher of runners could be started: the service starts them itself, and others wait meanwhile',
  )
  return directStarter
}
