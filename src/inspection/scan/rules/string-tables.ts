import type { AnyNode } from 'acorn'
import { entropyOf } from '../entropy.ts'
import type { RuleRun } from '../rule.ts'

/** `_0x4f2a1b`, as obfuscators name everything. */
const MANGLED = /^_0x[0-9a-f]{3,}$/
const MIN_MANGLED = 3
/** Encoded words; lists of words that people write are no base64 of 8 characters and more. */
const MIN_TABLE = 12
const ENCODED = /^(?=.*[A-Z])(?=.*[a-z])[\w+/=]{8,}$/
const MIN_ENTROPY = 4.6
/** Of 1,000 random texts one looks like a name; of names that people give, most do. */
const MAX_WORDS = 0.2

/** What obfuscators make: names such as `_0x4f2a`, and a table of encoded texts that a function decodes. */
export function stringTables(): RuleRun {
  return {
    module: ({ text }, tell) => {
      const mangled = new Set<string>()
      let isTold = false
      const name = (node: { name: string; start: number }): void => {
        if (!node.name.startsWith('_0x') || isTold || !MANGLED.test(node.name)) return
        mangled.add(node.name)
        if (mangled.size < MIN_MANGLED) return
        isTold = true
        tell(node, `Names such as "${node.name}" were made by an obfuscator. Ship the source.`)
      }
      return {
        ...(text.includes('_0x') ? { Name: name, Identifier: name } : {}),
        ArrayExpression: (node) => {
          if (node.elements.length < MIN_TABLE) return
          const texts = node.elements.map(textOf).filter((text) => text !== null)
          const encoded = texts.filter((text) => ENCODED.test(text))
          if (encoded.length < MIN_TABLE || encoded.length < texts.length * 0.7) return
          if (entropyOf(encoded.join('')) < MIN_ENTROPY) return
          if (encoded.filter(isWord).length > encoded.length * MAX_WORDS) return
          tell(node, `A table of ${texts.length} encoded texts stands here. Write them as they are.`)
        },
      }
    },
  }
}

function textOf(node: AnyNode | null): string | null {
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : null
}

/** `TypeError`, `camelCase`, `NOT_FOUND`: names that people give. */
function isWord(text: string): boolean {
  return /^_?(?:[A-Z]{2,}|[A-Z]?[a-z]{3,}\d*)(?:[_A-Z]?[A-Z]?[a-z]{2,}\d*)*$/.test(text)
}
