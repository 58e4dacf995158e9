import { messageOf } from '../../lib/errors.ts'
import { applySchema } from '../json-schema.ts'
import { printable, quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'

/** What organizations and sites configure. */
export const settingsChecks = [
  manifestCheck({
    name: 'manifest.settings.schema',
    category: 'MANIFEST',
    needs: ['settings'],
    *run({ settings }) {
      if (settings === null) return
      try {
        const { mistakes } = applySchema({ ...settings, required: [] }, {})
        for (const { path, message } of mistakes) {
          const name = quote(['settings', ...path].join('.'))
          yield {
            message: `The default of ${name} breaks the schema itself: it ${printable(message)}.`,
            at: ['settings'],
          }
        }
      } catch (error) {
        yield {
          message: `"settings" is no JSON Schema 2020-12: ${printable(messageOf(error))}.`,
          at: ['settings'],
        }
      }
    },
  }),
]
