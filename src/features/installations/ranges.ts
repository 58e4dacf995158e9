import semver from 'semver'

/** Ranges by node-semver, each parsed once. What is no range holds nothing. */
export class Ranges {
  readonly #parsed = new Map<string, semver.Range | null>()

  /** As dependencies mean it: a prerelease only where the range names one of the same version. */
  within(range: string, version: semver.SemVer | string): boolean {
    return this.#parse(range, false)?.test(version) ?? false
  }

  /** As conflicts and hosts mean it: a prerelease by where it lies, so that `<2` also means 2.0.0-beta.1. */
  isAt(range: string, version: semver.SemVer | string): boolean {
    return this.#parse(range, true)?.test(version) ?? false
  }

  #parse(range: string, includePrerelease: boolean): semver.Range | null {
    const key = `${includePrerelease} ${range}`
    const known = this.#parsed.get(key)
    if (known !== undefined) return known
    const isRange = semver.validRange(range) !== null
    const parsed = isRange ? new semver.Range(range, { includePrerelease }) : null
    this.#parsed.set(key, parsed)
    return parsed
  }
}
