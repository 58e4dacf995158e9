import { z } from 'zod'
import * as parts from './manifest-parts.ts'
import { canonicalPermission } from './permissions.ts'

/** Version of the plugin API that this host offers, as `engines.api` asks for it. */
export const PLUGIN_API_VERSION = '1.0.0'

/**
 * `manifest.json`: what is asked of its shape, and by `z.output` what the rest of the code gets. What depends on more
 * than one value, on the archive or on other libraries is asked by the checks beside (`manifest-checks/`).
 */
export const manifestSchema = z.object({
  manifestVersion: z.literal(1),
  id: parts.slug,
  name: parts.text(),
  version: parts.expression,
  description: parts.text(parts.MAX_DESCRIPTION),
  author: parts.author,
  license: parts.optional(parts.text()),
  homepage: parts.optional(parts.url),
  keywords: parts.list(parts.text(50)),
  type: z.enum(['integration', 'ui-theme', 'ai-module', 'workflow']),
  entry: parts.optional(parts.file),
  engines: parts.engines,
  permissions: z
    .array(parts.permissionRequest)
    .max(100)
    .transform((requests) =>
      requests.map(({ permission, reason }) => ({ permission: canonicalPermission(permission), reason })),
    ),
  network: parts.network,
  dependencies: parts.ranges,
  optionalDependencies: parts.ranges,
  conflicts: parts.ranges,
  hooks: parts.list(parts.name),
  events: parts.list(parts.eventType),
  filters: parts.list(parts.name),
  routes: parts.list(parts.route),
  jobs: parts.list(parts.job),
  webhooks: parts.list(parts.file),
  settings: parts.optional(parts.settings),
  secrets: parts.list(parts.secret),
  collections: parts.collections,
  migrations: parts.list(parts.migration),
  contributes: parts.contributes,
  limits: parts.limits,
})

/** A manifest in which all is well: other spellings resolved, lists filled in, what was left out null. */
export type Manifest = z.output<typeof manifestSchema>

export type ManifestKey = keyof Manifest

/** All keys, in the order of the specification. */
export const manifestKeys = Object.keys(manifestSchema.shape) as ManifestKey[]

export const requiredKeys = [
  'manifestVersion',
  'id',
  'name',
  'version',
  'description',
  'author',
  'type',
  'engines',
  'permissions',
] as const satisfies ManifestKey[]
