import { findCards } from './find-cards.js'
import { findKeys } from './find-keys.js'

/**
 * An address begins where no other address character stands before it, so that a long run of letters is tried once and
 * not from each of its letters (measured without: quadratic). 64 and 253 characters are the limits of RFC 5321.
 */
const EMAIL = /(?<![\w.%+-])[\w.%+-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\.[a-z]{2,24}/giu

/**
 * A text without what the settings say to redact; each find is counted in the report.
 *
 * @param {string} text
 * @param {{ redactEmails: boolean, redactCards: boolean, redactKeys: boolean }} settings
 * @param {{ count(kind: string): void }} report
 * @returns {string}
 */
export function redact(text, settings, report) {
  let clean = text
  if (settings.redactKeys) {
    // Before the others: inside a key there may be digits that look like a card.
    clean = replaceRanges(clean, findKeys(clean), '[key]', () => report.count('keys'))
  }
  if (settings.redactCards) {
    clean = replaceRanges(clean, findCards(clean), '[card]', () => report.count('cards'))
  }
  if (settings.redactEmails) {
    clean = clean.replace(EMAIL, () => {
      report.count('emails')
      return '[email]'
    })
  }
  return clean
}

function replaceRanges(text, ranges, replacement, onReplace) {
  let result = ''
  let end = 0
  for (const range of ranges) {
    result += text.slice(end, range.start) + replacement
    end = range.end
    onReplace()
  }
  return result + text.slice(end)
}
