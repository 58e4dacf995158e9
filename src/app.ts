import type { EventTail } from './events/tail.ts'
import type { Inspector } from './inspection/inspector.ts'
import type { JsonObject, JsonValue } from './lib/json.ts'
import type { BlobStores } from './platform/blobs/stores.ts'
import type { Clock } from './platform/clock.ts'
import { inTransaction, type Database, type Tx } from './platform/database.ts'
import type { Egress } from './platform/egress/egress.ts'
import type { EventBus } from './platform/event-bus.ts'
import type { Log } from './platform/log.ts'
import type { MasterKeys } from './platform/master-keys.ts'
import type { RateLimiter } from './platform/rate-limiter.ts'
import type { PluginDatabase } from './platform/plugin-database.ts'
import type { WhoAsks } from './platform/who-asks.ts'
import type { TokenIssuer } from './platform/token-issuer.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { Config } from './config.ts'

/** Everything that an operation may need, made once at start. No container, no singletons. */
export interface App {
  readonly config: Config
  readonly database: Database
  /** What SQL of plugins may read; null where this database gives no role for it. */
  readonly pluginDatabase: PluginDatabase | null
  /** By which roles it works, a sentence each. */
  readonly databaseRoles: readonly string[]
  readonly blobs: BlobStores
  /** All HTTP to addresses that others chose. */
  readonly egress: Egress
  readonly inspector: Inspector
  readonly bus: EventBus
  readonly events: EventTail
  readonly runtime: Runtime
  /** What organizations ask this process for now. */
  readonly asking: WhoAsks
  /** Calls other plugins for one that offers them an extension point: given from above, since they are run as it is. */
  readonly callPluginHook: (call: HookCall) => Promise<JsonObject>
  /** Passes a value through the filters of a site: given from above, likewise. */
  readonly passFilters: (call: FilterCall) => Promise<{ value: JsonValue }>
  /** How often something may be done, counted over all processes. */
  readonly rates: RateLimiter
  /** Whose tokens are accepted besides API keys; null: nobody's. */
  readonly issuer: TokenIssuer | null
  readonly clock: Clock
  readonly log: Log
  /** Of this process, in `service_process`. */
  readonly processId: string
  /** Aborted when the service takes nothing new any more: what was put off is done at once. */
  readonly stopping: AbortSignal
  /** Under which the organizations' data keys, and keys of licences and of the registry, are encrypted. */
  readonly masterKeys: MasterKeys
  /** From which follows what all processes on the database agree on without a word. */
  readonly derivationKey: Uint8Array
}

/** What is asked of all plugins at a site that handle it; by the host, where only the site is given. */
export interface SiteCall {
  siteId: string
  /** Hooks and filters of plugins that it is within, itself included; 0 where left out. */
  depth?: number
  /** The installation that asks, and is not asked itself. */
  callerId?: string
  /** Aborted where nobody waits for the answer any more: no further handler is called then. */
  signal?: AbortSignal
}

/** A hook of the host, or an extension point that a plugin offers. */
export interface HookCall extends SiteCall {
  hook: string
  payload: JsonValue
}

/** A value on its way through the filters of a site. */
export interface FilterCall extends SiteCall {
  filter: string
  value: JsonValue
}

/**
 * Changes state: one transaction that holds the state and its events, begun anew where it lost a race. The doorbell
 * rings after the commit; all else that follows is somebody's reaction to the events.
 */
export async function change<T>(app: App, work: (tx: Tx) => Promise<T>): Promise<T> {
  const result = await inTransaction(app.database.prisma, work)
  app.bus.ring()
  return result
}
