import semver from 'semver'
import type {
  Candidate,
  PackageSource,
  PlanQuestion,
} from '../../../../src/features/installations/resolver/plan.ts'

/** A version in short: `on` by slug, `maybe` are the optional ones. */
export interface Made {
  on?: Record<string, string>
  maybe?: Record<string, string>
  not?: Record<string, string>
  host?: string
  adds?: string[]
}

/** Versions by `slug version`. */
export type Registry = Record<string, Made>

export function candidateOf(name: string, { on, maybe, not, host, adds }: Made): Candidate {
  const [slug, version] = name.split(' ') as [string, string]
  const listed = (ranges: Record<string, string> = {}) =>
    Object.entries(ranges).map(([slug, range]) => ({ slug, range }))
  return {
    packageId: name,
    pluginId: slug,
    slug,
    version,
    hostRange: host ?? '*',
    dependencies: [
      ...listed(on).map((it) => ({ ...it, optional: false })),
      ...listed(maybe).map((it) => ({ ...it, optional: true })),
    ],
    conflicts: listed(not),
    contributes: adds ?? [],
  }
}

/** A registry in memory, which counts what is read of it. */
export function memorySource(
  registry: Registry,
): PackageSource & { read: { plugins: number; details: number } } {
  const all = Object.entries(registry).map(([name, made]) => candidateOf(name, made))
  const read = { plugins: 0, details: 0 }
  return {
    read,
    versionsOf: (slugs) => {
      read.plugins += slugs.length
      const versions = (slug: string) =>
        all.filter((it) => it.slug === slug).sort((a, b) => semver.compare(b.version, a.version))
      return Promise.resolve(new Map(slugs.map((slug) => [slug, versions(slug)])))
    },
    detailsOf: (ids) => {
      read.details += ids.length
      return Promise.resolve(new Map(ids.map((id) => [id, all.find((it) => it.packageId === id)!])))
    },
  }
}

/** Asks to install `root` of a registry at a site with those of its versions installed; `revoked` ones among them. */
export function ask(
  registry: Registry,
  root: string,
  { installed = [], revoked = [], host = '1.5.0', includeOptional = false }: Asked = {},
): PlanQuestion & { source: ReturnType<typeof memorySource> } {
  return {
    root: candidateOf(root, registry[root]!),
    hostVersion: host,
    installed: [...installed, ...revoked].map((name) => ({
      ...candidateOf(name, registry[name]!),
      installationId: name,
      revoked: revoked.includes(name),
    })),
    source: memorySource(
      Object.fromEntries(Object.entries(registry).filter(([name]) => !revoked.includes(name))),
    ),
    includeOptional,
  }
}

export interface Asked {
  installed?: string[]
  revoked?: string[]
  host?: string
  includeOptional?: boolean
}
