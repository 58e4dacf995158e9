import type { AnyNode, Function as FunctionNode } from 'acorn'
import { isBuiltinFunction, isGlobalObject } from './builtins.ts'
import { plainKey } from './node-keys.ts'
import type { Binding, PossibleValue, Scope } from './scope.ts'
import { Texts } from './texts.ts'

/** Aliases of aliases; also what stops a chain that was made to be long. */
const MAX_STEPS = 40
/** Longer than any path that a rule knows. */
const MAX_PATH = 160

type Member = Extract<AnyNode, { type: 'MemberExpression' }>
type Call = Extract<AnyNode, { type: 'CallExpression' }>

/**
 * Tells where the values of a module come from, as the paths that `Use` describes. A name that may have several values
 * has the most telling one: what may be `Function` is treated as `Function`.
 */
export class Origins {
  readonly #handlers: ReadonlySet<FunctionNode>
  readonly #texts: Texts
  #steps = 0

  /** `handlers`: functions whose first parameter is the plugin's `ctx`, whatever its name. */
  constructor(handlers: ReadonlySet<FunctionNode>) {
    this.#handlers = handlers
    this.#texts = new Texts()
  }

  /** Null: from the module itself, or unknown. */
  of(node: AnyNode, scope: Scope): string | null {
    if (this.#steps >= MAX_STEPS) return null
    this.#steps += 1
    try {
      return this.#of(node, scope)
    } finally {
      this.#steps -= 1
    }
  }

  /** The text that an expression always has; null where it cannot be told. */
  text(node: AnyNode, scope: Scope): string | null {
    return this.#texts.of(node, scope)
  }

  /** The key of a member; null where it is made at run time. */
  keyOf(member: Member, scope: Scope): string | null {
    return (
      plainKey(member.property, member.computed) ??
      (member.computed ? this.text(member.property, scope) : null)
    )
  }

  ofBinding(binding: Binding): string | null {
    if (binding.origin !== undefined) return binding.origin
    // A name that is given its own value is asked for again on the way.
    binding.origin = null
    binding.origin = this.#ofBinding(binding)
    return binding.origin
  }

  /** One step further along a path. */
  join(path: string, key: string | null): string | null {
    if (path.length > MAX_PATH) return null
    if (path === 'globalThis' && key !== 'constructor') {
      return key === null ? 'globalThis.[?]' : isGlobalObject(key) ? path : key
    }
    if (key !== 'constructor') return `${path}.${key ?? '[?]'}`
    if (path.endsWith('.prototype')) return path.slice(0, -'.prototype'.length)
    const isFunction =
      path.endsWith('.constructor') || isBuiltinFunction(path) || /^@ctx\.\w+\.\w+/.test(path)
    return isFunction ? 'Function' : `${path}.constructor`
  }

  #of(node: AnyNode, scope: Scope): string | null {
    switch (node.type) {
      case 'Identifier': {
        const binding = scope.find(node.name)
        if (binding !== null) return this.ofBinding(binding)
        return node.name === 'undefined' ? null : isGlobalObject(node.name) ? 'globalThis' : node.name
      }
      case 'MemberExpression':
        return this.#ofMember(node, scope)
      case 'CallExpression':
        return this.#ofCall(node, scope)
      case 'ChainExpression':
      case 'ParenthesizedExpression':
        return this.of(node.expression, scope)
      case 'SequenceExpression':
        return this.of(node.expressions.at(-1)!, scope)
      case 'AssignmentExpression':
        return this.of(node.right, scope)
      case 'AwaitExpression':
        return this.of(node.argument, scope)
      case 'LogicalExpression':
        return moreTelling(this.of(node.left, scope), this.of(node.right, scope))
      case 'ConditionalExpression':
        return moreTelling(this.of(node.consequent, scope), this.of(node.alternate, scope))
      case 'ImportExpression': {
        const module = this.text(node.source, scope)
        return module === null ? null : `@import:${module}`
      }
      default:
        return null
    }
  }

  #ofMember(node: Member, scope: Scope): string | null {
    const object = this.of(node.object, scope)
    const key = this.keyOf(node, scope)
    if (object !== null) return this.join(object, key)
    return key === 'constructor' && this.#isFunction(node.object, scope) ? 'Function' : null
  }

  #ofCall(node: Call, scope: Scope): string | null {
    const callee = this.of(node.callee, scope)
    if (callee === null) return null
    const [first, second] = node.arguments
    if (callee.endsWith('.bind')) return callee.slice(0, -'.bind'.length)
    if (callee === 'Reflect.get' && first && second) {
      const object = this.of(first, scope)
      const key = this.text(second, scope)
      if (object !== null) return this.join(object, key)
      return key === 'constructor' && this.#isFunction(first, scope) ? 'Function' : null
    }
    if (PROTOTYPE_GETTER.test(callee) && first) {
      const type = LITERAL_TYPES[first.type]?.(first) ?? ''
      return type === '' ? null : `${type}.prototype`
    }
    if (callee === 'require' || callee.endsWith('.getBuiltinModule')) {
      const module = first ? this.text(first, scope) : null
      return module === null ? null : `@import:${module}`
    }
    // `Function('return this')` is called at once, mostly.
    const isFunction =
      node.callee.type === 'CallExpression' && this.of(node.callee.callee, scope) === 'Function'
    return isFunction ? 'globalThis' : null
  }

  /** Whether an expression is a function for sure, whose constructor makes code. */
  #isFunction(node: AnyNode, scope: Scope): boolean {
    switch (node.type) {
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
      case 'ClassExpression':
        return true
      case 'ParenthesizedExpression':
        return this.#isFunction(node.expression, scope)
      case 'Identifier': {
        const kind = scope.find(node.name)?.kind
        return kind === 'function' || kind === 'class'
      }
      case 'MemberExpression': {
        const key = this.keyOf(node, scope)
        if (key === 'constructor') return true
        if (key === '__proto__') return this.#isFunction(node.object, scope)
        const type = LITERAL_TYPES[node.object.type]
        if (type === undefined || key === null) return false
        return isBuiltinFunction(`${type(node.object)}.prototype.${key}`)
      }
      case 'CallExpression': {
        const [first] = node.arguments
        const callee = this.of(node.callee, scope)
        return PROTOTYPE_GETTER.test(callee ?? '') && !!first && this.#isFunction(first, scope)
      }
      default:
        return false
    }
  }

  #ofBinding(binding: Binding): string | null {
    if (binding.source !== null) return binding.source
    const { parameter } = binding
    if (parameter !== null && parameter.keys !== null && parameter.index === 0) {
      const isContext = parameter.keys.length === 0 && binding.name === 'ctx'
      if (isContext || this.#handlers.has(parameter.of)) return ['@ctx', ...parameter.keys].join('.')
    }
    if (binding.name === 'ctx' && parameter !== null && parameter.keys?.length === 0) return '@ctx'
    return binding.values.reduce<string | null>(
      (path, value) => moreTelling(path, this.#ofValue(value)),
      null,
    )
  }

  #ofValue({ node, scope, keys }: PossibleValue): string | null {
    if (keys === null) return null
    const origin = this.of(node, scope)
    return keys.reduce<string | null>((path, key, index) => {
      if (path !== null) return this.join(path, key)
      if (key !== 'constructor') return null
      const ofFunction = index === 0 ? this.#isFunction(node, scope) : keys[index - 1] === 'constructor'
      return ofFunction ? 'Function' : null
    }, origin)
  }
}

const PROTOTYPE_GETTER = /^(?:Object|Reflect)\.getPrototypeOf$/

/** What the methods of a literal belong to. */
const LITERAL_TYPES: Partial<Record<AnyNode['type'], (node: AnyNode) => string>> = {
  ArrayExpression: () => 'Array',
  ObjectExpression: () => 'Object',
  TemplateLiteral: () => 'String',
  Literal: (node) => {
    if (node.type !== 'Literal') return ''
    if (node.regex) return 'RegExp'
    return (
      { string: 'String', number: 'Number', boolean: 'Boolean', bigint: 'BigInt' }[
        typeof node.value as string
      ] ?? ''
    )
  },
}

const TELLING = /^(?:eval|Function|globalThis|process|require|Reflect|@)/

function moreTelling(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other
  return TELLING.test(other) && !TELLING.test(one) ? other : one
}
