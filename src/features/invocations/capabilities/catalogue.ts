import type { Capability } from '../../../runtime/runtime.ts'
import { takeHostCall } from '../../rates/take-host-call.ts'
import { rateLimited, type Asking, type CapabilitySource } from './asking.ts'
import { collections } from './collections.ts'
import { db } from './db.ts'
import { events } from './events.ts'
import { files } from './files.ts'
import { hooks } from './hooks.ts'
import { http } from './http.ts'
import { llm } from './llm.ts'
import { mail } from './mail.ts'
import { secrets } from './secrets.ts'

/** All that plugin code may ask of the host. */
const SOURCES: readonly CapabilitySource[] = [
  secrets,
  http,
  events,
  hooks,
  db,
  ...files,
  ...collections,
  mail,
  llm,
]

/**
 * What an installation's code may ask: only what its manifest asked for and its review granted, and so often as its rate
 * allows.
 */
export function capabilitiesOf(asking: Asking): Record<string, Capability> {
  const { granted } = asking.target
  const held = SOURCES.filter(({ permission }) => permission === null || granted.includes(permission))
  return Object.fromEntries(
    held
      .flatMap(({ operations }) => Object.entries(operations(asking)))
      .map(([name, operation]) => [name, rated(asking, operation)]),
  )
}

function rated({ app, target }: Asking, operation: Capability): Capability {
  return async (input, signal) => {
    const waitMs = await takeHostCall(app, target)
    if (waitMs !== null) throw rateLimited('calls of the host', waitMs)
    return await operation(input, signal)
  }
}
