import { entropyOf } from '../entropy.ts'
import type { RuleRun } from '../rule.ts'

/** Characters; shorter ones are hashes, keys and small icons. */
const MIN_ENCODED = 400
/** Bits a character; base64 of compressed or encrypted bytes has 5.9, of text 5.2, tables of numbers under 5. */
const MIN_ENTROPY = 5.6
/** What says by itself that it is data of a harmless kind. */
const DECLARED = /^data:(?:image|font|audio|video)\//
/** `\x68\x69`: escapes of letters that need none. */
const ESCAPED_LETTER = /\\x[2-7][0-9a-f]|\\u00[2-7][0-9a-f]|\\u\{0*[2-7][0-9a-f]\}/gi
const MIN_ESCAPED = 8

/** Texts that nobody can read: long encoded ones, and plain letters written as escapes. */
export function encodedStrings(): RuleRun {
  return {
    module: ({ text }, tell) => {
      const hasEscapes = text.includes(String.raw`\x`) || text.includes(String.raw`\u`)
      const look = (node: { start: number; end: number }, value: string): void => {
        if (hasEscapes && isEscaped(text.slice(node.start, node.end))) {
          tell(node, 'Plain letters are written as escapes here. Write them as they are.')
        } else if (isEncoded(value)) {
          const message = `A text of ${value.length} characters is encoded, so that nobody can read it. Ship data as a file, and code as code.`
          tell(node, message)
        }
      }
      return {
        Literal: (node) => {
          if (typeof node.value === 'string' && node.value.length >= MIN_ESCAPED) look(node, node.value)
        },
        TemplateElement: (node) => look(node, node.value.cooked ?? ''),
      }
    },
  }
}

/** Most of it; a table of characters or a regular expression as text has some. */
function isEscaped(raw: string): boolean {
  if (!raw.includes('\\')) return false
  const letters = raw.match(ESCAPED_LETTER) ?? []
  const escaped = letters.reduce((sum, letter) => sum + letter.length, 0)
  return letters.length >= MIN_ESCAPED && escaped > raw.length * 0.6
}

function isEncoded(value: string): boolean {
  if (value.length < MIN_ENCODED || DECLARED.test(value)) return false
  return /^[\w+/=-]+$/.test(value)
    ? entropyOf(value) >= MIN_ENTROPY || /^(?:[0-9a-f]{2})+$/i.test(value)
    : false
}
