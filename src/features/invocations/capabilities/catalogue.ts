import type { Capability } from '../../../runtime/plugin-call.ts'
import { takeHostCall } from '../../rates/take-host-call.ts'
import { rateLimited, type Asking, type CapabilitySource } from './asking.ts'
import { collections } from './collections.ts'
import { db } from './db.ts'
import { events } from './events.ts'
import { files } from './files.ts'
import { hooks } from './hooks.ts'
import { inTurn } from './host-turns.ts'
import { http } from './http.ts'
import { llm } from './llm.ts'
import { mail } from './mail.ts'
import { secrets } from './secrets.ts'

/** All that plugin code may ask of the host: what takes a turn of its organization, and what does not. */
const OF_THE_DATABASE: readonly CapabilitySource[] = [secrets, events, ...files, ...collections]

/** What waits for others takes nobody's turn meanwhile, and `db` has turns and connections of its own. */
const OF_OTHERS: readonly CapabilitySource[] = [http, hooks, db, mail, llm]

/** Servers and plugins take their time: other calls of the same process of plugins do not wait for them. */
const WAIT_FOR_OTHERS: ReadonlySet<string> = new Set([
  'http.fetch',
  'hooks.call',
  'mail.send',
  'llm.complete',
])

/**
 * What an installation's code may ask: only what its manifest asked for and its review granted, and so often as its rate
 * allows.
 */
export function capabilitiesOf(asking: Asking): Record<string, Capability> {
  const { granted } = asking.target
  const held = (sources: readonly CapabilitySource[]) =>
    sources
      .filter(({ permission }) => permission === null || granted.includes(permission))
      .flatMap(({ operations }) => Object.entries(operations(asking)))
  return Object.fromEntries([
    ...held(OF_OTHERS).map(([name, operation]) => {
      const waitsForOthers = WAIT_FOR_OTHERS.has(name)
      return [name, Object.assign(rated(asking, operation), { waitsForOthers })] as const
    }),
    ...held(OF_THE_DATABASE).map(
      ([name, operation]) => [name, turned(asking, rated(asking, operation))] as const,
    ),
  ])
}

function rated({ app, target }: Asking, operation: Capability): Capability {
  return async (input, signal, delivered) => {
    const waitMs = await takeHostCall(app, target)
    if (waitMs !== null) throw rateLimited('calls of the host', waitMs)
    return await operation(input, signal, delivered)
  }
}

function turned({ app, target }: Asking, operation: Capability): Capability {
  return async (input, signal) =>
    await inTurn(app, target.organizationId, signal, () => operation(input, signal))
}
