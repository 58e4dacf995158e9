import semver from 'semver'

/** With what the keys of releases end, and those of prereleases do not. */
export const RELEASE_END = '~'

/**
 * A version as text that sorts bytewise as SemVer precedence does (semver.org 2.0, 11), and is equal for versions which
 * differ in build metadata only. A release ends with `~`, behind all prereleases of it, which begin with `-`; a numeric
 * identifier is `0`, the count of its digits as a letter, and the digits; a textual one is `1` and the text; `!` stands
 * between identifiers, before every character that they can hold. Throws for what is no version.
 */
export function versionKey(version: string): string {
  const parsed = semver.parse(version)
  if (parsed === null) throw new Error(`Not a version: ${version}`)
  const core = [parsed.major, parsed.minor, parsed.patch].map((part) => numeric(String(part))).join('.')
  if (parsed.prerelease.length === 0) return `${core}${RELEASE_END}`
  return `${core}-${parsed.prerelease.map(identifier).join('!')}`
}

function identifier(part: string | number): string {
  return typeof part === 'number' ? `0${numeric(String(part))}` : `1${part}`
}

/** SemVer numbers that node-semver accepts have at most 16 digits. */
function numeric(digits: string): string {
  return String.fromCharCode('a'.charCodeAt(0) + digits.length) + digits
}
