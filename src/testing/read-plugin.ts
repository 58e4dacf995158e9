import { packZip } from '../archive/pack.ts'
import type { Manifest } from '../archive/manifest.ts'
import { checkPackage } from '../archive/check-package.ts'
import { codeOf } from '../features/invocations/code-of.ts'
import { readPluginFolder } from '../features/discovery/read-plugin-folder.ts'
import { sha256Hex } from '../platform/crypto.ts'
import type { PluginCode } from '../runtime/plugin-call.ts'

/** A plugin's folder, ready to be run. */
export interface ReadPlugin {
  manifest: Manifest
  code: PluginCode
}

/**
 * Reads a plugin as a server does, but for the scan.
 *
 * @throws {Error} with what stands against it, a line each
 */
export async function readPlugin(folder: string): Promise<ReadPlugin> {
  const bytes = packZip(await readPluginFolder(folder))
  const { archive, manifest, report } = await checkPackage(bytes)
  if (archive === null || manifest === null) {
    const errors = report.findings.filter(({ severity }) => severity === 'ERROR')
    const lines = errors.map(({ check, message, path, line }) =>
      [`${path ?? 'the package'}${line === undefined ? '' : `:${line}`}`, check, message].join('  '),
    )
    throw new Error(`The plugin in ${folder} cannot be tested:\n${lines.join('\n')}`)
  }
  if (manifest.entry === null) throw new Error(`The plugin in ${folder} has no code to be tested.`)
  return { manifest, code: codeOf(archive.entries, { digest: sha256Hex(bytes), entry: manifest.entry }) }
}
