import { satisfies, validRange } from 'semver'
import { PLUGIN_API_VERSION } from '../manifest.ts'
import { quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'

/** What the plugin needs around it. Whether a site's host application fits is asked when it is installed there. */
export const compatibilityChecks = [
  manifestCheck({
    name: 'manifest.engines.host',
    category: 'COMPATIBILITY',
    needs: ['engines'],
    *run({ engines }) {
      if (validRange(engines.host) !== null) return
      const message = `${quote(engines.host)} is no SemVer range. Write it like ">=1.4 <3" or "^2.0.0".`
      yield { message, at: ['engines', 'host'] }
    },
  }),
  manifestCheck({
    name: 'manifest.engines.api',
    category: 'COMPATIBILITY',
    needs: ['engines'],
    *run({ engines }) {
      const at = ['engines', 'api']
      if (validRange(engines.api) === null) {
        yield { message: `${quote(engines.api)} is no SemVer range. Write it like "^1".`, at }
      } else if (!satisfies(PLUGIN_API_VERSION, engines.api)) {
        const message = `${quote(engines.api)} does not include the plugin API of this host, ${PLUGIN_API_VERSION}. Port the plugin, then write "^1".`
        yield { message, at }
      }
    },
  }),
]
