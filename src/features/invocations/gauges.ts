import { z } from 'zod'
import type { App } from '../../app.ts'
import { openStreams } from '../../auth/open-streams.ts'

/** What is there now, of one process or of several. */
export interface Gauges {
  liveIsolates: number
  runtimeProcesses: number
  subscribers: number
}

/** What one process of the service holds, as it tells the others in `service_process`. */
const processGauges = z.object({
  all: z.object({ liveIsolates: z.int(), runtimeProcesses: z.int(), subscribers: z.int() }),
  organizations: z.record(z.string(), z.tuple([z.int(), z.int(), z.int()])),
  installations: z.record(z.string(), z.tuple([z.int(), z.int(), z.int()])),
})
type ProcessGauges = z.output<typeof processGauges>

const told = new WeakMap<App, string>()

/** Tells the other processes what this one holds, where that has changed. */
export async function tellGauges(app: App): Promise<void> {
  const text = JSON.stringify(gaugesOf(app))
  if (told.get(app) === text) return
  await app.database.pool.query('update service_process set gauges = $2 where id = $1', [app.processId, text])
  told.set(app, text)
}

/** What all processes hold together, also of each installation and organization. */
export interface AllGauges {
  all: Gauges
  installation: (id: string) => Gauges
  organization: (id: string) => Gauges
}

/** This process as it is now, the others as they told last, some seconds ago. */
export async function readGauges(app: App): Promise<AllGauges> {
  const { rows } = await app.database.pool.query<{ gauges: unknown }>(
    'select gauges from service_process where id <> $1 and gauges is not null',
    [app.processId],
  )
  // A process of another version may tell other things: it is left out rather than refused.
  const others = rows.flatMap(({ gauges }) => processGauges.safeParse(gauges).data ?? [])
  const every = [gaugesOf(app), ...others]
  const of = (part: 'installations' | 'organizations', id: string): Gauges =>
    sumOfGauges(every.map((it) => gaugesIn(it[part][id] ?? NONE)))
  return {
    all: sumOfGauges(every.map(({ all }) => all)),
    installation: (id) => of('installations', id),
    organization: (id) => of('organizations', id),
  }
}

export function sumOfGauges(all: readonly Gauges[]): Gauges {
  return {
    liveIsolates: all.reduce((sum, it) => sum + it.liveIsolates, 0),
    runtimeProcesses: all.reduce((sum, it) => sum + it.runtimeProcesses, 0),
    subscribers: all.reduce((sum, it) => sum + it.subscribers, 0),
  }
}

type Three = [liveIsolates: number, runtimeProcesses: number, subscribers: number]

const NONE: Readonly<Three> = [0, 0, 0]

function gaugesOf(app: App): ProcessGauges {
  const { processes, liveIsolates, serving } = app.runtime.status()
  const streams = openStreams(app)
  const organizations: Record<string, Three> = {}
  const installations: Record<string, Three> = {}
  const add = (to: Record<string, Three>, id: string, [isolates, children, readers]: Three): void => {
    const [a, b, c] = to[id] ?? NONE
    to[id] = [a + isolates, b + children, c + readers]
  }
  for (const child of serving) {
    add(organizations, child.organization, [child.installations.length, 1, 0])
    for (const id of child.installations) add(installations, id, [1, 0, 0])
    for (const id of new Set(child.installations)) add(installations, id, [0, 1, 0])
  }
  for (const { organizationIds, installationId } of streams) {
    for (const id of organizationIds) add(organizations, id, [0, 0, 1])
    if (installationId !== null) add(installations, installationId, [0, 0, 1])
  }
  const all = { liveIsolates, runtimeProcesses: processes.total, subscribers: streams.length }
  return { all, organizations, installations }
}

function gaugesIn([liveIsolates, runtimeProcesses, subscribers]: Readonly<Three>): Gauges {
  return { liveIsolates, runtimeProcesses, subscribers }
}
