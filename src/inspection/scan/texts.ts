import type { AnyNode } from 'acorn'
import type { Scope } from './scope.ts'

/** Characters; names of globals and modules are shorter, and a text made by repetition must not grow. */
const MAX_TEXT = 1000
const MAX_STEPS = 60

type Call = Extract<AnyNode, { type: 'CallExpression' }>

/** Works out texts that are put together from constants: what `'ev' + 'al'` and its many relatives come to. */
export class Texts {
  #steps = 0

  /** Null where it cannot be told. */
  of(node: AnyNode, scope: Scope): string | null {
    if (this.#steps >= MAX_STEPS) return null
    this.#steps += 1
    try {
      const text = this.#of(node, scope)
      return text !== null && text.length > MAX_TEXT ? null : text
    } finally {
      this.#steps -= 1
    }
  }

  #of(node: AnyNode, scope: Scope): string | null {
    switch (node.type) {
      case 'Literal':
        return typeof node.value === 'string' || typeof node.value === 'number' ? String(node.value) : null
      case 'TemplateLiteral':
        return this.#all(node.expressions, scope, (parts) =>
          node.quasis.map((quasi, index) => (quasi.value.cooked ?? '') + (parts[index] ?? '')).join(''),
        )
      case 'BinaryExpression': {
        if (node.operator !== '+' || node.left.type === 'PrivateIdentifier') return null
        const left = this.of(node.left, scope)
        const right = left === null ? null : this.of(node.right, scope)
        return left === null || right === null ? null : left + right
      }
      case 'ParenthesizedExpression':
        return this.of(node.expression, scope)
      case 'Identifier': {
        const binding = scope.find(node.name)
        if (binding === null || binding.kind !== 'variable' || binding.values.length !== 1) return null
        if (binding.text !== undefined) return binding.text
        binding.text = null
        const [value] = binding.values
        if (value && value.keys?.length === 0) binding.text = this.of(value.node, value.scope)
        return binding.text
      }
      case 'CallExpression':
        return this.#ofCall(node, scope)
      default:
        return null
    }
  }

  #ofCall(node: Call, scope: Scope): string | null {
    const { callee } = node
    const [first] = node.arguments
    if (callee.type === 'Identifier') {
      const text = callee.name === 'atob' && first ? this.of(first, scope) : null
      return text === null || scope.find('atob') !== null ? null : decodeBase64(text)
    }
    if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier')
      return null
    const method = callee.property.name
    if (method === 'fromCharCode' || method === 'fromCodePoint') {
      return this.#all(node.arguments, scope, (parts) =>
        // One by one: as arguments, some 100,000 overflow the stack.
        parts.map((part) => String.fromCodePoint(codePoint(part))).join(''),
      )
    }
    if (method === 'join') {
      const items = this.#items(callee.object, scope)
      const separator = first ? this.of(first, scope) : ','
      return items === null || separator === null ? null : items.join(separator)
    }
    const change = TEXT_METHODS[method]
    const text = change === undefined ? null : this.of(callee.object, scope)
    if (change === undefined || text === null) return null
    return this.#all(node.arguments, scope, (parts) => change(text, parts))
  }

  /** Items of an array of texts: a literal, one turned round, or a text that was split. */
  #items(node: AnyNode, scope: Scope): string[] | null {
    if (node.type === 'ArrayExpression') {
      const items = node.elements.map((element) => (element === null ? '' : this.of(element, scope)))
      return items.every((item) => item !== null) ? items : null
    }
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return null
    const { object, property } = node.callee
    const method = property.type === 'Identifier' ? property.name : ''
    if (method === 'reverse') return this.#items(object, scope)?.reverse() ?? null
    const [first] = node.arguments
    if (method !== 'split' || !first) return null
    const [text, separator] = [this.of(object, scope), this.of(first, scope)]
    return text === null || separator === null ? null : text.split(separator)
  }

  #all<Result>(nodes: readonly AnyNode[], scope: Scope, combine: (parts: string[]) => Result): Result | null {
    const parts = nodes.map((node) => this.of(node, scope))
    return parts.every((part) => part !== null) ? combine(parts) : null
  }
}

const TEXT_METHODS: Readonly<
  Record<string, ((text: string, parts: readonly string[]) => string) | undefined>
> = Object.assign(Object.create(null) as object, {
  concat: (text: string, parts: readonly string[]) => text + parts.join(''),
  toLowerCase: (text: string) => text.toLowerCase(),
  toUpperCase: (text: string) => text.toUpperCase(),
  toString: (text: string) => text,
  trim: (text: string) => text.trim(),
  replace: (text: string, [from = '', to = '']: readonly string[]) => text.replace(from, () => to),
  replaceAll: (text: string, [from = '', to = '']: readonly string[]) => text.replaceAll(from, () => to),
  slice: (text: string, [from, to]: readonly string[]) =>
    text.slice(Number(from ?? 0), to === undefined ? undefined : Number(to)),
})

/** Only what can be one: others become U+FFFD, as nothing that a rule looks for. */
function codePoint(text: string): number {
  const code = Number(text)
  return Number.isInteger(code) && code >= 0 && code <= 0x10_ffff ? code : 0xff_fd
}

function decodeBase64(text: string): string | null {
  return /^[A-Za-z0-9+/\s]*={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('latin1') : null
}
