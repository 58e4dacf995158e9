import { OWN_EVENT_LABELS } from '../archive/own-names.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type {
  DeploymentStatus,
  DeploymentTargetStatus,
  ExtensionPointKind,
  HealthStatus,
  InstallationStatus,
  LicenseType,
  PackageStatus,
  RiskLevel,
  RegistryType,
  Role,
  SettingsScope,
} from '../generated/prisma/enums.ts'

/** One measurement as it travels in `health.recorded`. */
export interface RecordedSample {
  id: string
  installationId: string
  siteId: string
  pluginId: string
  recordedAt: string
  status: HealthStatus
  errorCount: number
  warningCount: number
  avgExecutionTime: number | null
  memoryUsage: number | null
  cpuUsage: number | null
  invocations: number
}

/** A change of an installation's state. */
export interface InstallationChanged {
  slug: string
  version: string
  previousStatus: InstallationStatus | null
  status: InstallationStatus
  reason: string | null
}

/** A role that a principal got or lost. */
export interface RoleChanged {
  /** Of a user; null for an API key. */
  email: string | null
  role: Role
}

/** A change of a licence. */
export interface LicenseChanged {
  slug: string
  type: LicenseType
  /** The key's last four characters. */
  keyEnd: string
}

/** Every event that Patchbay itself tells, and what its payload holds. The subject is in the comment. */
export interface EventPayloads {
  /** Organization. */
  'organization.created': { slug: string }
  /** Site. */
  'site.created': { slug: string }
  'organization.updated': { requireSignatures: boolean }
  'site.updated': { slug: string }
  /** User or API key. */
  'role.granted': RoleChanged
  'role.revoked': RoleChanged
  /** Organization. */
  'permission.granted': { role: Role; permission: string }
  'permission.revoked': { role: Role; permission: string }
  /** Registry. */
  'registry.created': { slug: string; type: RegistryType }
  'registry.updated': { slug: string; isActive: boolean }
  /** Publisher key. */
  'publisher_key.registered': { keyId: string; name: string }
  'publisher_key.revoked': { keyId: string; reason: string }
  /** None. */
  'extension_point.defined': { kind: ExtensionPointKind; name: string }
  /** Plugin. */
  'plugin.rated': { slug: string; version: string; rating: number }
  /** API key, as its principal. */
  'api_key.created': { name: string; prefix: string }
  'api_key.revoked': { prefix: string }
  /** Package. */
  'package.submitted': PackageChanged
  'package.review_started': PackageChanged
  'package.approved': PackageChanged & {
    checksum: string
    riskLevel: RiskLevel
    grantedPermissions: string[]
  }
  'package.rejected': PackageChanged
  /** An approval that is not enough by itself: the package is still IN_REVIEW. */
  'package.approval_given': PackageChanged & { approvals: number; needed: number }
  'package.revoked': PackageChanged & {
    reason: string
    installations: number
    checksum: string
    deactivate: boolean
  }
  'package.deprecated': PackageChanged & { message: string | null; replacement: string | null }
  'package.yanked': PackageChanged & { reason: string }
  'package.unyanked': PackageChanged
  'package.promoted': PackageChanged & { from: string; to: string }
  /** The stored bytes, or what the registry signed of them, are not what was approved: nothing of it was run. */
  'package.integrity_failed': PackageChanged & { reason: string; installationId: string }
  /** Installation. */
  'plugin.installed': InstallationChanged
  /** `switchId`: the `plugin.switched` that let it run again; the status is what it was. */
  'plugin.enabled': InstallationChanged & { switchId?: string }
  /** `atOnce`: by the emergency switch, which lets nothing run to its end. */
  'plugin.disabled': InstallationChanged & { atOnce?: boolean; switchId?: string }
  'plugin.failed': InstallationChanged
  /** Its package was revoked: the code was stopped, whatever the state is. */
  'plugin.revoked': InstallationChanged
  'plugin.upgraded': InstallationChanged & { supersedes: string; previousVersion: string }
  'plugin.uninstalled': InstallationChanged & { keepData: boolean }
  'plugin.rolled_back': InstallationChanged & { supersedes: string; previousVersion: string }
  /** Event delivery: somebody lets its handler be called again. */
  'plugin.event_replayed': { slug: string; eventId: string; eventType: string; installationId: string }
  /** Plugin; `scope` says at which level: the switch, and the settings. */
  'plugin.switched': { slug: string; scope: 'GLOBAL' | 'ORGANIZATION'; enabled: boolean }
  'plugin.updated': { slug: string }
  /** Organization or site; null: the platform. `halted`: installations at which something was just being done. */
  'plugin.all_disabled': { reason: string; halted: string[] }
  'settings.changed': { slug: string; scope: SettingsScope; number: number; keys: string[] }
  /** License. */
  'license.issued': LicenseChanged
  'license.renewed': LicenseChanged & { expiresAt: string | null }
  'license.suspended': LicenseChanged & { reason: string }
  'license.reinstated': LicenseChanged
  'license.revoked': LicenseChanged & { reason: string }
  'license.expiring': LicenseChanged & { days: number; expiresAt: string }
  'license.expired': LicenseChanged & { installations: number }
  /** Plugin, or organization where the secret is its own (`slug` null); `siteId` is the event's own where it belongs to one site. */
  'secret.changed': { slug: string | null; key: string; version: number }
  /** The same; `version` is the one that was removed. */
  'secret.deleted': { slug: string | null; key: string; version: number }
  /** None: master keys, by the names that tell nothing of them. */
  'secret.key_rotation_started': { from: string; to: string }
  'secret.key_rotated': { to: string; rewrapped: number }
  /** Invocation that waits in the queue. */
  'job.requested': { installationId: string; job: string; payload: JsonValue; scheduledFor: string | null }
  /** Webhook. An organization made it, or gave it another text. */
  'webhook.applied': { name: string }
  'webhook.deleted': { name: string }
  'webhook.enabled': { name: string }
  /** `reason`: why the service did it by itself; null: somebody did. */
  'webhook.disabled': { name: string; reason: string | null }
  /** Webhook delivery: it repeats another. */
  'webhook.redelivered': { name: string; eventType: string | null; repeatsId: string }
  /** Deployment. */
  'deployment.created': { slug: string; version: string; targets: number }
  'deployment.finished': { status: DeploymentStatus; reason: string | null }
  /** Deployment as well, so that its events stand in one order. */
  'deployment.target_changed': {
    targetId: string
    siteId: string
    status: DeploymentTargetStatus
    error: string | null
  }
  /** None: one row a batch and organization. */
  'health.recorded': { samples: RecordedSample[] }
  /** Installation: it failed too often in a row, and calls are refused. */
  'health.circuit_opened': { slug: string; version: string; failures: number; until: string }
  /** Installation: a call was tried again, and did not fail. */
  'health.circuit_closed': { slug: string; version: string }
}

/** A change of a package's state. */
export interface PackageChanged {
  slug: string
  version: string
  previousStatus: PackageStatus | null
  status: PackageStatus
}

export type EventType = keyof EventPayloads

/** First labels of our own event types: a host or plugin may not speak in Patchbay's name. */
export const RESERVED_LABELS: ReadonlySet<string> = new Set(OWN_EVENT_LABELS)

/** Dotted lower-case labels, e.g. `auth.user.created`; at least two, so that each has an owner. */
export const EVENT_TYPE_PATTERN = /^[a-z][a-z0-9_-]{0,62}(\.[a-z0-9][a-z0-9_-]{0,62}){1,7}$/

/** Streams of measurements: rows of the outbox so that `after` works, but no news of the domain. */
export const TELEMETRY_TYPES: readonly EventType[] = ['health.recorded']

/** Whether a subscription such as `auth.user.*` (`*` as last label: one label or more) covers an event type. */
export function matchesType(pattern: string, type: string): boolean {
  if (pattern === type || pattern === '*') return true
  return pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))
}

/** One row of the outbox. */
export interface EventRecord {
  id: string
  /** Orders the events of one subject. */
  seq: bigint
  /** The transaction that wrote it, for `isVisible`. */
  xid: bigint
  type: string
  organizationId: string | null
  siteId: string | null
  subjectId: string | null
  actorId: string | null
  source: string
  payload: JsonObject
  occurredAt: Date
  /** Bytes of the payload as text, roughly what it takes in memory. */
  size: number
}

/** The payload of one of our own events, by its type. */
export function payloadOf<T extends EventType>(event: EventRecord, type: T): EventPayloads[T] {
  if (event.type !== type) throw new Error(`Event ${event.id} is ${event.type}, not ${type}.`)
  return event.payload as unknown as EventPayloads[T]
}
