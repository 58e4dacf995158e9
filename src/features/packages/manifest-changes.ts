import type { Manifest } from '../../archive/manifest.ts'
import { packageRisk, type RiskLevel } from '../../archive/permissions.ts'

/** Names that only one of two versions has. */
export interface ChangedNames {
  added: string[]
  removed: string[]
}

/** What a version asks for that the one before did not, and the other way round. */
export interface ManifestChanges {
  permissions: ChangedNames
  /** Whom it calls. */
  hosts: ChangedNames
  /** `GET /suppliers/:id`, with who may ask for it. */
  routes: ChangedNames
  /** `daily-kpi`, with its schedule. */
  jobs: ChangedNames
  /** `SLACK_TOKEN`, with the hosts that it goes to. */
  secrets: ChangedNames
  risk: RiskLevel
  /** Null where there is no version before. */
  riskBefore: RiskLevel | null
}

type Parts = Pick<Manifest, 'permissions' | 'network' | 'routes' | 'jobs' | 'secrets'>

/** Compares what two versions may do. Without a version before, all of it is new. */
export function manifestChanges(before: Parts | null, after: Parts): ManifestChanges {
  const changed = (namesOf: (manifest: Parts) => string[]): ChangedNames =>
    changedNames(before === null ? [] : namesOf(before), namesOf(after))
  return {
    permissions: changed(({ permissions }) => permissions.map(({ permission }) => permission)),
    hosts: changed(({ network }) => network.allow),
    routes: changed(({ routes }) => routes.map(spellRoute)),
    jobs: changed(({ jobs }) => jobs.map(({ name, schedule }) => `${name} (${schedule ?? 'when asked'})`)),
    secrets: changed(({ secrets }) =>
      secrets.map(({ key, hosts }) => (hosts.length === 0 ? key : `${key} (to ${hosts.join(', ')})`)),
    ),
    risk: packageRisk(after),
    riskBefore: before === null ? null : packageRisk(before),
  }
}

function spellRoute({ method, path, permission, public: isPublic }: Parts['routes'][number]): string {
  return `${method} ${path} (${isPublic ? 'public' : (permission ?? 'with a key')})`
}

function changedNames(before: readonly string[], after: readonly string[]): ChangedNames {
  return {
    added: [...new Set(after)].filter((name) => !before.includes(name)).sort(),
    removed: [...new Set(before)].filter((name) => !after.includes(name)).sort(),
  }
}
