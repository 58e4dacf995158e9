import semver from 'semver'

/** Ranges by node-semver, each parsed once. What is no range holds nothing. */
export class Ranges {
  readonly #parsed = new Map<string, semver.Range | null>()
  readonly #parsedWithPrereleases = new Map<string, semver.Range | null>()

  /**
   * As dependencies mean it: a prerelease only where the range names one of the same version. What `patchbay dev` has made stands for
   * the version that its author is at, so that plugins which need each other can be developed together.
   */
  within(range: string, version: semver.SemVer | string): boolean {
    if (isOfDevelopment(version)) return this.isAt(range, version)
    return this.#parse(range, this.#parsed, false)?.test(version) ?? false
  }

  /** As conflicts and hosts mean it: a prerelease by where it lies, so that `<2` also means 2.0.0-beta.1. */
  isAt(range: string, version: semver.SemVer | string): boolean {
    return this.#parse(range, this.#parsedWithPrereleases, true)?.test(version) ?? false
  }

  #parse(
    range: string,
    parsed: Map<string, semver.Range | null>,
    includePrerelease: boolean,
  ): semver.Range | null {
    let known = parsed.get(range)
    if (known === undefined) {
      known = semver.validRange(range) === null ? null : new semver.Range(range, { includePrerelease })
      parsed.set(range, known)
    }
    return known
  }
}

/** `1.0.1-dev.1795291820723`: milliseconds since 1970, which nobody writes by hand. */
function isOfDevelopment(version: semver.SemVer | string): boolean {
  const [name, at, ...more] = semver.prerelease(version) ?? []
  return name === 'dev' && typeof at === 'number' && at > 1e12 && more.length === 0
}
