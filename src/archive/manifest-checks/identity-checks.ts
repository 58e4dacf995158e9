import { parse } from 'semver'
import { quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'

/** What the plugin is called. */
export const identityChecks = [
  manifestCheck({
    name: 'manifest.version.semver',
    category: 'MANIFEST',
    needs: ['version'],
    *run({ version }) {
      if (isSemVer(version)) return
      const message = `${quote(version)} is no SemVer version. Write it like "1.0.0" or "2.1.0-beta.1".`
      yield { message, at: ['version'] }
    },
  }),
  manifestCheck({
    name: 'manifest.spelling',
    category: 'MANIFEST',
    needs: [],
    *run(_, { raw }) {
      if (!Object.hasOwn(raw, 'slug')) return
      if (Object.hasOwn(raw, 'id') && raw['id'] !== raw['slug']) {
        yield { message: '"id" and "slug" differ. Remove "slug".', at: ['slug'] }
      } else {
        yield { severity: 'INFO', message: '"slug" was read as "id", its proper name.', at: ['slug'] }
      }
    },
  }),
]

/** semver itself is lenient: it accepts `v1.0.0`, `=1.0.0` and spaces around. */
export function isSemVer(version: string): boolean {
  return /^\d\S*$/.test(version) && parse(version) !== null
}
