/** How much harm a permission can do in wrong hands, least first. */
export type RiskLevel = 'LOW' | 'MEDIUM' | 'HIGH'

interface PermissionInfo {
  risk: RiskLevel
  /** What a plugin can do with it, for reviewers. */
  gives: string
}

/** The permissions of the plugin format. Others of the form `<resource>:write` belong to the host, see `permissionInfo`. */
export const permissions: Readonly<Record<string, PermissionInfo>> = {
  'events:emit': { risk: 'LOW', gives: 'Emits events of types below its own id' },
  'storage:read': { risk: 'LOW', gives: 'Reads its own files and collections' },
  'storage:write': { risk: 'LOW', gives: 'Writes its own files and collections' },
  'secrets:read': { risk: 'MEDIUM', gives: 'Reads the secrets that its manifest names' },
  'http:outbound': { risk: 'MEDIUM', gives: 'Calls the hosts that its manifest allows' },
  'db:read': { risk: 'MEDIUM', gives: "Queries the tenant's own views, read-only" },
  'llm:invoke': { risk: 'MEDIUM', gives: 'Has a language model complete texts' },
  'routes:serve': { risk: 'MEDIUM', gives: 'Answers HTTP requests on its routes' },
  'ui:modify': { risk: 'MEDIUM', gives: 'Adds navigation, widgets, views and themes' },
  'modules:extend': { risk: 'MEDIUM', gives: 'Adds modules, or extends those of the host' },
  'hooks:abort': { risk: 'MEDIUM', gives: "Stops the host's workflows" },
  'mail:send': { risk: 'MEDIUM', gives: 'Sends mail' },
  'users:write': { risk: 'HIGH', gives: 'Is named to the host as allowed to change users' },
  'configuration:write': {
    risk: 'HIGH',
    gives: 'Is named to the host as allowed to change its configuration',
  },
  'audit_logs:read': { risk: 'HIGH', gives: 'Reads the audit log' },
}

/** Other spellings that are accepted. */
const permissionAliases: Readonly<Record<string, string>> = {
  send_email: 'mail:send',
  'db.read': 'db:read',
  'files.read': 'storage:read',
  'files.write': 'storage:write',
  outbound_http: 'http:outbound',
  llm: 'llm:invoke',
}

/** The name that goes by the table, for any accepted spelling; what is unknown stays as it is. */
export function canonicalPermission(spelling: string): string {
  return Object.hasOwn(permissionAliases, spelling) ? (permissionAliases[spelling] ?? spelling) : spelling
}

/** What a permission means, by its canonical name; null where it is none. */
export function permissionInfo(permission: string): PermissionInfo | null {
  if (Object.hasOwn(permissions, permission)) return permissions[permission] ?? null
  const resource = HOST_RESOURCE.exec(permission)?.[1]
  return resource === undefined
    ? null
    : { risk: 'MEDIUM', gives: `Is named to the host as allowed to change ${resource}` }
}

/** The parts of a manifest that its risk depends on. */
interface RiskBearing {
  permissions: readonly { permission: string }[]
  network: { allow: readonly string[] }
}

/** Risk of one permission in the hands of this plugin. What nobody knows is HIGH. */
export function riskOf(permission: string, manifest: Pick<RiskBearing, 'network'>): RiskLevel {
  if (permission === 'http:outbound' && manifest.network.allow.some(isAnyHost)) return 'HIGH'
  return permissionInfo(permission)?.risk ?? 'HIGH'
}

/** Risk of the whole plugin: that of its riskiest permission. */
export function packageRisk(manifest: RiskBearing): RiskLevel {
  const risks = manifest.permissions.map(({ permission }) => riskOf(permission, manifest))
  return risks.includes('HIGH') ? 'HIGH' : risks.includes('MEDIUM') ? 'MEDIUM' : 'LOW'
}

const HOST_RESOURCE = /^([a-z][a-z0-9_]{0,62}):write$/

/** A bare `*`, with a port or without: every host of the world. */
function isAnyHost(host: string): boolean {
  return /^\*(?::\d+)?$/.test(host)
}
