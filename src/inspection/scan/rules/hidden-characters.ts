import { quote } from '../../../archive/quote.ts'
import type { RuleRun } from '../rule.ts'

/** https://trojansource.codes: what makes code look like other code than it is. */
const BIDIRECTIONAL = String.raw`[\u202a-\u202e\u2066-\u2069]`
/** Letters that show as nothing: names can consist of them (U+3164 and its kin), payloads of tags and selectors. */
const INVISIBLE_LETTERS = String.raw`[\u115f\u1160\u3164\uffa0]`
const PAYLOAD = String.raw`[\u{e0001}-\u{e007f}\u{e0100}-\u{e01ef}]{3,}|[\ufe00-\ufe0f]{3,}|[\u200b\u200c\u2060-\u2064\ufeff]{3,}`
const HIDDEN = new RegExp(`${BIDIRECTIONAL}|${INVISIBLE_LETTERS}|${PAYLOAD}`, 'gu')
/** Flags of England, Scotland and Wales are tags after a black flag. */
const FLAG = '\u{1f3f4}'
const MAX_TOLD = 20
/** Persian and Indic words are written with them, also as names; among plain letters they only make two names look like one. */
const JOINER = /[\u200c\u200d]/
const PLAIN_BUT_JOINERS = /^[\w$\u200c\u200d]+$/

/** Characters that a reviewer does not see, or that make him see something else, in code and in what configures it. */
export function hiddenCharacters(): RuleRun {
  return {
    text: ({ path, text }, tell) => {
      if (!/\.(?:m?js|json|ya?ml)$/.test(path)) return
      let told = 0
      for (const { 0: found, index } of text.matchAll(HIDDEN)) {
        if (text.slice(index - 2, index) === FLAG) continue
        told += 1
        if (told > MAX_TOLD) return
        const code = `U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
        const message = `The invisible character ${code} hides what stands here${found.length > 2 ? ', with others in a row' : ''}. Remove it, or write it as an escape.`
        tell({ start: index }, message)
      }
    },
    module: ({ text }, tell) => {
      if (!JOINER.test(text)) return {}
      const look = (node: { start: number; end: number; name: string }): void => {
        if (!JOINER.test(text.slice(node.start, node.end)) || !PLAIN_BUT_JOINERS.test(node.name)) return
        tell(node, `The name ${quote(node.name)} holds a character that is not shown. Remove it.`)
      }
      return { Name: look, Identifier: look }
    },
  }
}
