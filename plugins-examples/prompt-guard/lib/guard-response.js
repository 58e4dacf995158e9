import { mapTexts } from './map-texts.js'
import { redact } from './redact.js'
import { newReport } from './report.js'

const TOO_LONG = '[prompt-guard: answer withheld, it is too long to be checked]'
const LEAKED = '[prompt-guard: answer withheld, it repeats the system prompt]'

/**
 * Filter `llm.response`: redacts like the prompt's filter, and withholds an answer that repeats the preamble.
 *
 * @param {object} ctx
 * @param {unknown} value any JSON
 * @returns {unknown} the same shape; in an object `guard` tells what was done
 */
export function guardResponse(ctx, value) {
  const { settings } = ctx
  const report = newReport()
  const guarded = mapTexts(value, (text) => {
    if (text.length > settings.maxCharacters) {
      report.block('too long')
      return TOO_LONG
    }
    if (settings.systemPreamble !== '' && text.includes(settings.systemPreamble)) {
      report.block('system prompt')
      return LEAKED
    }
    return redact(text, settings, report)
  })
  return typeof guarded === 'object' && guarded !== null && !Array.isArray(guarded)
    ? { ...guarded, guard: report.summary() }
    : guarded
}
