import { isDeepStrictEqual } from 'node:util'
import { inc, prerelease, valid } from 'semver'
import { packZip } from '../../archive/pack.ts'
import { PackError, readPluginFolder } from '../../features/discovery/read-plugin-folder.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { messageOf } from '../../lib/errors.ts'
import { sha256Hex } from '../../platform/crypto.ts'
import { CliError, EXIT } from '../exit.ts'

/** A plugin's folder as it is now. */
export interface DevPackage {
  /** Of the files as they lie there: the same as long as nothing is changed. */
  fingerprint: string
  /** The archive, with a version of its own. */
  bytes: Uint8Array
  digest: string
  id: string
  version: string
}

const MANIFEST = 'manifest.json'

/**
 * Packs a folder under a version that nobody has used: a version is never used twice, and each save is one.
 *
 * @throws {CliError} where the folder or its manifest cannot be read
 */
export async function packForDevelopment(folder: string, now: Date): Promise<DevPackage> {
  const entries = await readPluginFolder(folder).catch((error: unknown) => {
    if (error instanceof PackError) throw refused('ARCHIVE_REJECTED', error.message)
    throw error
  })
  const fingerprint = sha256Hex(packZip(entries))
  if (!entries.has(MANIFEST)) throw refused('MANIFEST_INVALID', 'The folder has no manifest.json.')
  const text = new TextDecoder().decode(entries.get(MANIFEST))
  const manifest = parseManifest(text)
  const { id, version: written } = manifest
  if (typeof id !== 'string' || typeof written !== 'string' || valid(written) === null)
    throw refused('MANIFEST_INVALID', 'manifest.json needs an id and a version, e.g. "0.1.0".')
  const version = developmentVersion(written, now)
  entries.set(MANIFEST, new TextEncoder().encode(withVersion(text, { ...manifest, version })))
  const bytes = packZip(entries)
  return { fingerprint, bytes, digest: sha256Hex(bytes), id, version }
}

/**
 * Newer than the version that the manifest names and than all that were made of it before, older than the next one that
 * its author will name (SemVer 2.0, 11).
 */
export function developmentVersion(version: string, now: Date): string {
  const plain = version.replace(/\+.*$/, '')
  const stamp = `dev.${now.getTime()}`
  return prerelease(plain) === null ? `${inc(plain, 'patch')!}-${stamp}` : `${plain}.${stamp}`
}

/** The author's own text with another version, so that findings name his lines. */
function withVersion(text: string, wanted: JsonObject): string {
  for (const { 0: found, 1: before = '', index } of text.matchAll(/("version"\s*:\s*)"[^"\\]*"/g)) {
    const changed = `${text.slice(0, index)}${before}${JSON.stringify(wanted['version'])}${text.slice(index + found.length)}`
    if (isDeepStrictEqual(JSON.parse(changed), wanted)) return changed
  }
  return JSON.stringify(wanted, null, 2)
}

function parseManifest(text: string): JsonObject {
  try {
    const manifest = JSON.parse(text) as JsonValue
    if (isJsonObject(manifest)) return manifest
  } catch (error) {
    throw refused('MANIFEST_INVALID', `manifest.json is no JSON: ${messageOf(error)}.`)
  }
  throw refused('MANIFEST_INVALID', 'manifest.json is no object.')
}

function refused(code: string, message: string): CliError {
  return new CliError(EXIT.findings, code, message)
}
