import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packMpk, packZip } from '../../src/archive/pack.ts'
import { readPluginFolder } from '../../src/features/discovery/read-plugin-folder.ts'
import { isJsonObject } from '../../src/lib/json.ts'
import type { JsonObject } from '../../src/lib/json.ts'

/** Where the example plugins stand: one folder each, named by the plugin's id. */
export const examplesFolder = join(import.meta.dirname, '../../plugins-examples')

export interface ExamplePackage {
  id: string
  version: string
  /** What is in the archives, by its path there. */
  entries: ReadonlyMap<string, Uint8Array>
  zip: Uint8Array
  mpk: Uint8Array
}

/** Ids of all example plugins, sorted. */
export async function listExamples(): Promise<string[]> {
  const folders = await readdir(examplesFolder, { withFileTypes: true })
  const manifests = await Promise.all(
    folders
      .filter((folder) => folder.isDirectory())
      .map(async ({ name }) =>
        (await readdir(join(examplesFolder, name))).includes('manifest.json') ? [name] : [],
      ),
  )
  return manifests.flat().sort()
}

/**
 * Packs an example plugin as ZIP and as MPK; the same files give the same bytes.
 *
 * @param id name of its folder
 * @param options `version` stands in for the manifest's, which makes a second version of the same plugin
 */
export async function packExample(id: string, options: { version?: string } = {}): Promise<ExamplePackage> {
  const entries = await readPluginFolder(join(examplesFolder, id))
  const manifest = await readExampleManifest(id)
  if (options.version !== undefined) {
    entries.set(
      'manifest.json',
      Buffer.from(`${JSON.stringify({ ...manifest, version: options.version }, null, 2)}\n`),
    )
  }
  return {
    id,
    version: options.version ?? (manifest['version'] as string),
    entries,
    zip: packZip(entries),
    mpk: await packMpk(entries),
  }
}

/**
 * A configuration as somebody would really set it up: the first `examples` entry of the manifest's settings schema, and
 * an empty object where the plugin has no settings.
 */
export async function exampleConfiguration(id: string): Promise<JsonObject> {
  const { settings } = await readExampleManifest(id)
  const examples = isJsonObject(settings) ? settings['examples'] : undefined
  const first = Array.isArray(examples) ? examples[0] : undefined
  return isJsonObject(first) ? first : {}
}

/** The manifest as it stands in the plugin's folder, unchecked. */
export async function readExampleManifest(id: string): Promise<JsonObject> {
  const manifest: unknown = JSON.parse(await readFile(join(examplesFolder, id, 'manifest.json'), 'utf8'))
  if (!isJsonObject(manifest)) {
    throw new Error(`plugins-examples/${id}/manifest.json holds no object.`)
  }
  return manifest
}
