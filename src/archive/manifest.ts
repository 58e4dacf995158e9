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
  manifestVersion: z.literal(1).describe('Version of this format'),
  id: parts.slug.describe(
    'What the plugin is known by, for ever and everywhere: 3 to 64 lower-case letters, digits and hyphens',
  ),
  name: parts.text().describe('Name for people'),
  version: parts.expression.describe('SemVer 2.0, e.g. "1.2.0"; a version is never used twice'),
  description: parts.text(parts.MAX_DESCRIPTION).describe('What it does, for people who choose'),
  author: parts.author.describe('Name, or {"name", "email", "url"}'),
  license: parts
    .optional(parts.text())
    .describe('SPDX expression such as "MIT", "SEE LICENSE IN <file>", or "UNLICENSED"'),
  homepage: parts.optional(parts.url).describe('Web address'),
  keywords: parts.list(parts.text(50)).describe('Words by which it is found'),
  type: z.enum(['integration', 'ui-theme', 'ai-module', 'workflow']).describe('What kind of plugin it is'),
  entry: parts.optional(parts.file).describe('Path of the ES module where its code begins, e.g. "main.js"'),
  engines: parts.engines.describe(
    'SemVer ranges of the host application and of the plugin API: {"host": ">=1.4 <3", "api": "^1"}',
  ),
  permissions: z
    .array(parts.permissionRequest)
    .max(100)
    .transform((requests) =>
      requests.map(({ permission, reason }) => ({ permission: canonicalPermission(permission), reason })),
    )
    .describe(
      'What it asks to be allowed: "http:outbound", or {"permission", "reason"}; HIGH risks need a reason',
    ),
  network: parts.network.describe(
    'Hosts that it calls with "http:outbound": "api.example.com", "*.example.org:8443"',
  ),
  dependencies: parts.ranges.describe('Plugins that it needs: {"supplier-db": "^2.0.0"}'),
  optionalDependencies: parts.ranges.describe('Plugins that it uses where they are there'),
  conflicts: parts.ranges.describe('Plugins that it cannot stand beside'),
  hooks: parts
    .list(parts.name)
    .describe('Hooks of the host or of other plugins that it handles, e.g. "service_provision"'),
  events: parts
    .list(parts.eventType)
    .describe('Event types that it handles; "*" as last part stands for any: "auth.user.*"'),
  filters: parts
    .list(parts.name)
    .describe(`Values that it changes on their way: "llm.prompt", "llm.response", or the host's own`),
  routes: parts.list(parts.route).describe('What it answers over HTTP, below its own path'),
  jobs: parts
    .list(parts.job)
    .describe('What it does by itself; "schedule" is cron of five fields in UTC, left out: only when asked'),
  webhooks: parts
    .list(parts.file)
    .describe('Paths of webhook files in the archive, e.g. "webhooks/notify.yaml"'),
  settings: parts
    .optional(parts.settings)
    .describe('JSON Schema 2020-12 of an object with defaults: what people configure. Never secrets'),
  secrets: parts
    .list(parts.secret)
    .describe('Secrets that people give it, by key, with the hosts they may be sent to'),
  collections: parts.collections.describe(
    'What it keeps: {"widgets": {"schema": {…}, "indexes": ["sku"], "unique": ["sku"]}}',
  ),
  migrations: parts
    .list(parts.migration)
    .describe('Code that changes what it keeps on the way to a version, ascending'),
  contributes: parts.contributes.describe(
    'What it adds to user interfaces, and extension points and permissions of its own',
  ),
  limits: parts.limits.describe("Limits of its own, below the platform's"),
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
