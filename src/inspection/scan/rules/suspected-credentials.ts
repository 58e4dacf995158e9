import type { AnyNode } from 'acorn'
import { entropyOf } from '../entropy.ts'
import type { RuleRun } from '../rule.ts'

/** Names that hold what nobody else may know. */
const SECRET_NAME =
  /(?:passw(?:or)?d|passphrase|secret|token|api_?key|private_?key|access_?key|credential|auth_?key)s?$/i
/** Names that only speak of it. */
const HARMLESS_NAME =
  /(?:csrf|next|page|cursor|cancellation|abort|injection|di|type|kind|name|id|header|param|field|label|hint|pattern)_?(?:token|key|secret)s?$|^(?:token|tokens)$/i
const MIN_LENGTH = 12
const MAX_LENGTH = 300
/** Bits a character: words, and names with separators, have fewer. */
const MIN_ENTROPY = 3

/** Values that look drawn by chance, given to names such as `password` or `apiToken`. */
export function suspectedCredentials(): RuleRun {
  return {
    text: ({ path, text }, tell) => {
      if (!/\.(?:json|ya?ml|toml|ini|env|conf|properties)$|(?:^|\/)\.\w+rc$/.test(path)) return
      for (const { 1: name = '', 2: value = '', index } of text.matchAll(ASSIGNED)) {
        if (isSuspect(name, value)) tell({ start: index }, messageFor(name))
      }
    },
    module: (_file, tell) => {
      const look = (name: string | null, value: AnyNode | null | undefined): void => {
        if (name === null || value?.type !== 'Literal' || typeof value.value !== 'string') return
        if (isSuspect(name, value.value)) tell(value, messageFor(name))
      }
      return {
        VariableDeclarator: ({ id, init }) => look(id.type === 'Identifier' ? id.name : null, init),
        AssignmentExpression: ({ left, right }) => look(nameOf(left), right),
        Property: ({ key, value }) => look(nameOf(key), value),
        PropertyDefinition: ({ key, value }) => look(nameOf(key), value),
      }
    },
  }
}

const ASSIGNED = /["']?\b([\w.-]{4,60})["']?\s{0,4}[:=]\s{0,4}["']?([^\s"',}#]{12,300})/g

function nameOf(node: AnyNode): string | null {
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return node.name
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null
  return node.type === 'MemberExpression' && !node.computed ? nameOf(node.property) : null
}

function isSuspect(name: string, value: string): boolean {
  if (value.length < MIN_LENGTH || value.length > MAX_LENGTH) return false
  if (!SECRET_NAME.test(name) || HARMLESS_NAME.test(name)) return false
  // Texts for people, paths, addresses, places to be filled in, and names of things.
  if (/[\s/\\<>{}()[\]$|*]|^\.|:\/\//.test(value) || /^[a-z]+(?:[-_.:][a-z]+)+$/i.test(value)) return false
  if (
    !/\d/.test(value) ||
    !/[A-Za-z]/.test(value) ||
    /example|placeholder|your|dummy|changeme|x{4}/i.test(value)
  )
    return false
  return entropyOf(value) >= MIN_ENTROPY
}

function messageFor(name: string): string {
  return `"${name.slice(0, 60)}" is given a fixed value that looks drawn by chance. If it is a credential, revoke it, and declare it in "secrets" of the manifest.`
}
