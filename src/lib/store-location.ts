import { fileURLToPath } from 'node:url'

/** Where a blob store is; without credentials, which the environment alone holds. */
export type StoreLocation =
  | { kind: 'file'; directory: string }
  | { kind: 's3'; bucket: string; prefix: string }
  | { kind: 'azure'; container: string; prefix: string }

/** Sources: Amazon's rules for general purpose buckets, which may not look like addresses, and Azure's for containers. */
const NAMES = {
  s3: /^(?!\d+(?:\.\d+){3}$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  azure: /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
}
const PREFIX = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}\/){0,8}$/

/**
 * Reads `file:///absolute/directory`, `s3://bucket/prefix` or `azure://container/prefix`; null for anything else, also
 * where a user, password, port or query stands in it.
 */
export function parseStoreLocation(text: string): StoreLocation | null {
  const url = URL.parse(text)
  if (url === null || url.search !== '' || url.hash !== '') return null
  if (url.protocol === 'file:') return url.host === '' ? directoryAt(url) : null
  // The text itself, because schemes that URL does not know keep whatever stands there.
  const match = /^(s3|azure):\/\/([^/@:?#]+)(?:\/(.*))?$/.exec(text)
  if (match === null) return null
  const [, scheme, name, rest = ''] = match
  const kind = scheme === 's3' ? 's3' : 'azure'
  const prefix = rest === '' || rest.endsWith('/') ? rest : `${rest}/`
  if (!NAMES[kind].test(name!) || !PREFIX.test(prefix)) return null
  return kind === 's3' ? { kind: 's3', bucket: name!, prefix } : { kind: 'azure', container: name!, prefix }
}

/** Null where an encoded slash stands in it, which no path can hold. */
function directoryAt(url: URL): StoreLocation | null {
  return /%2f|%00/i.test(url.pathname) ? null : { kind: 'file', directory: fileURLToPath(url) }
}

/** The location as it is kept and shown: `file`, since a directory of the machine is nobody's business, or its address. */
export function spellStoreLocation(location: StoreLocation): string {
  if (location.kind === 'file') return 'file'
  const name = location.kind === 's3' ? location.bucket : location.container
  return `${location.kind}://${name}/${location.prefix}`.replace(/\/$/, '')
}
