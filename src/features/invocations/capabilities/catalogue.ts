import type { Capability } from '../../../runtime/runtime.ts'
import type { Asking, CapabilitySource } from './asking.ts'
import { db } from './db.ts'
import { events } from './events.ts'
import { http } from './http.ts'
import { secrets } from './secrets.ts'

/** All that plugin code may ask of the host. */
const SOURCES: readonly CapabilitySource[] = [secrets, http, events, db]

/** What an installation's code may ask: only what its manifest asked for and its review granted. */
export function capabilitiesOf(asking: Asking): Record<string, Capability> {
  const { granted } = asking.target
  const held = SOURCES.filter(({ permission }) => permission === null || granted.includes(permission))
  return Object.assign({}, ...held.map(({ operations }) => operations(asking))) as Record<string, Capability>
}
