import { checkManifest, type ManifestReport } from '../../../src/archive/check-manifest.ts'
import type { Finding } from '../../../src/archive/finding.ts'
import { packZip } from '../../../src/archive/pack.ts'

/** A manifest in which all is well. */
export const goodManifest = {
  manifestVersion: 1,
  id: 'welcome-email',
  name: 'Welcome e-mail',
  version: '1.0.0',
  description: 'Greets every new user.',
  author: 'Ada',
  license: 'MIT',
  type: 'integration',
  entry: 'main.js',
  engines: { host: '>=1.4 <3', api: '^1' },
  permissions: [],
}

/** Files of a plugin with that manifest, given as object or as text. */
export function pluginFiles(manifest: unknown, files: Record<string, string> = {}): Map<string, Uint8Array> {
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest, null, 2)
  const all = { 'manifest.json': text, 'main.js': 'export default {}\n', ...files }
  return new Map(Object.entries(all).map(([path, content]) => [path, Buffer.from(content)]))
}

/** The same as a ZIP. */
export function pluginZip(manifest: unknown, files: Record<string, string> = {}): Uint8Array {
  return packZip(pluginFiles(manifest, files))
}

/** The good manifest with changes (undefined takes a key away), checked among a few files that it may name. */
export function checkChanged(change: Record<string, unknown>): ManifestReport {
  const files = {
    'webhooks/a.yaml':
      'api_version: v1\nname: notify\non: [build.completed]\ndelivery: { url: "https://example.com/in" }\n',
    'migrations/1.0.0.js': 'export function up() {}\n',
    'nested.js': 'PK\u0003\u0004',
  }
  return checkManifest({ entries: pluginFiles({ ...goodManifest, ...change }, files) })
}

/** `ERROR manifest.id` and so on. */
export function told(findings: Finding[]): string[] {
  return findings.map((finding) => `${finding.severity} ${finding.check}`)
}
