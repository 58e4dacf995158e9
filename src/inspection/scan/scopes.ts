import type { AnyNode, Function as FunctionNode, Program } from 'acorn'
import { childKeys, nodeKinds, partOf, plainKey } from './node-keys.ts'
import { type Binding, Scope } from './scope.ts'

/** The scope that begins at a node, for those where one does. */
export type Scopes = ReadonlyMap<AnyNode, Scope>

/** Deeper trees than any that people or bundlers write (seen: 700, in a table joined with `+`) are told, not followed. */
export const MAX_TREE_DEPTH = 2500

/** The tree is deeper than can be followed. */
export class TooDeep extends Error {}

/**
 * All scopes of a module, with what is declared in each (ECMA-262: everything is strict; functions in blocks belong to
 * the block; parameters with defaults do not see the body).
 *
 * @throws TooDeep
 */
export function collectScopes(program: Program): Scopes {
  const collector = new Collector()
  collector.program(program)
  return collector.scopes
}

/** The assignments whose right side becomes the value; `+=` makes one that is not told. */
const PASSING: ReadonlySet<string> = new Set(['=', '||=', '&&=', '??='])

type Target = (name: string, keys: readonly string[] | null, fallback: AnyNode | null) => void

class Collector {
  readonly scopes = new Map<AnyNode, Scope>()
  readonly #assigned: (() => void)[] = []
  #depth = 0

  program(program: Program): void {
    const scope = this.#open(program, null, true)
    for (const node of program.body) this.#visit(node, scope)
    // Only now everything is declared that an assignment may be to.
    for (const note of this.#assigned) note()
  }

  #open(node: AnyNode, parent: Scope | null, holdsVar: boolean): Scope {
    const scope = new Scope(parent, holdsVar)
    this.scopes.set(node, scope)
    return scope
  }

  #visit(node: AnyNode, outer: Scope): void {
    if ((this.#depth += 1) > MAX_TREE_DEPTH) throw new TooDeep()
    const scope = this.#enter(node, outer)
    if (scope !== null) {
      for (const key of childKeys(node, nodeKinds.get(node.type)!)) {
        const part = partOf(node, key)
        if (part === null || part === undefined) continue
        if (Array.isArray(part)) {
          for (const child of part) if (child !== null) this.#visit(child, scope)
        } else this.#visit(part as AnyNode, scope)
      }
    }
    this.#depth -= 1
  }

  /** Declares what the node declares; the scope of its children, or null where they were visited. */
  #enter(node: AnyNode, scope: Scope): Scope | null {
    switch (node.type) {
      case 'FunctionDeclaration':
        if (node.id) declareFunction(scope, node.id.name, node)
        return this.#function(node, scope)
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#function(node, scope)
      case 'ClassDeclaration':
      case 'ClassExpression': {
        if (node.type === 'ClassDeclaration' && node.id) scope.declare(node.id.name, 'class')
        const inner = this.#open(node, scope, false)
        if (node.id) inner.declare(node.id.name, 'class').values.push({ node, scope, keys: [] })
        return inner
      }
      case 'StaticBlock':
        return this.#open(node, scope, true)
      // Most hold nothing of their own, and every scope is one more to ask.
      case 'BlockStatement':
        return node.body.some(isLexical) ? this.#open(node, scope, false) : scope
      case 'ForStatement':
        return isLexical(node.init) ? this.#open(node, scope, false) : scope
      case 'ForInStatement':
      case 'ForOfStatement': {
        const inner = isLexical(node.left) ? this.#open(node, scope, false) : scope
        const target = node.left.type === 'VariableDeclaration' ? node.left.declarations[0]?.id : node.left
        if (target !== undefined) this.#pattern(target, null, this.#assigning(node.right, inner))
        return inner
      }
      case 'SwitchStatement':
        this.#visit(node.discriminant, scope)
        this.#cases(node.cases, scope)
        return null
      case 'CatchClause': {
        const inner = this.#open(node, scope, false)
        if (node.param) this.#pattern(node.param, [], (name) => inner.declare(name, 'caught'))
        return inner
      }
      case 'VariableDeclaration': {
        const home = node.kind === 'var' ? holderOfVar(scope) : scope
        for (const { id, init } of node.declarations) {
          this.#pattern(id, [], (name, keys, fallback) => {
            give(home.declare(name, 'variable'), init ?? null, keys, fallback, scope)
          })
        }
        return scope
      }
      case 'AssignmentExpression': {
        const { left, operator, right } = node
        this.#pattern(left, PASSING.has(operator) ? [] : null, this.#assigning(right, scope))
        return scope
      }
      case 'ImportDeclaration':
        for (const specifier of node.specifiers) {
          const binding = scope.declare(specifier.local.name, 'import')
          const name = importedName(specifier)
          binding.source = `@import:${String(node.source.value)}${name === null ? '' : `.${name}`}`
        }
        return scope
      default:
        return scope
    }
  }

  /** Gives a value to names that may be declared only further down. */
  #assigning(node: AnyNode, scope: Scope): Target {
    return (name, keys, fallback) => {
      this.#assigned.push(() => {
        const binding = scope.find(name)
        if (binding !== null) give(binding, node, keys, fallback, scope)
      })
    }
  }

  #function(node: Extract<AnyNode, FunctionNode>, outer: Scope): null {
    const named = node.type === 'FunctionExpression' && node.id ? new Scope(outer, false) : outer
    if (node.type === 'FunctionExpression' && node.id) declareFunction(named, node.id.name, node)
    const scope = this.#open(node, named, true)
    for (const [index, parameter] of node.params.entries()) {
      this.#pattern(parameter, [], (name, keys, fallback) => {
        const binding = scope.declare(name, 'parameter')
        binding.parameter = { of: node, index, keys }
        if (fallback !== null) binding.values.push({ node: fallback, scope, keys: [] })
      })
    }
    for (const parameter of node.params) this.#visit(parameter, scope)
    this.#visitBody(node.body, scope)
    return null
  }

  /** A scope of its own, since what the body declares is not seen by the parameters' defaults. */
  #visitBody(body: AnyNode, parameters: Scope): void {
    if (body.type !== 'BlockStatement') return this.#visit(body, parameters)
    const scope = this.#open(body, parameters, true)
    for (const statement of body.body) this.#visit(statement, scope)
  }

  #cases(cases: readonly Extract<AnyNode, { type: 'SwitchCase' }>[], outer: Scope): void {
    const scope = new Scope(outer, false)
    for (const part of cases) {
      this.scopes.set(part, scope)
      this.#visit(part, scope)
    }
  }

  /** The names in a pattern, with the keys that lead to each. */
  #pattern(
    pattern: AnyNode,
    keys: readonly string[] | null,
    target: Target,
    fallback: AnyNode | null = null,
  ): void {
    switch (pattern.type) {
      case 'Identifier':
        return target(pattern.name, keys, fallback)
      case 'AssignmentPattern':
        return this.#pattern(pattern.left, keys, target, pattern.right)
      case 'RestElement':
        return this.#pattern(pattern.argument, keys?.length === 0 ? keys : null, target, fallback)
      case 'ArrayPattern':
        for (const [index, element] of pattern.elements.entries()) {
          if (element) this.#pattern(element, keys && [...keys, String(index)], target)
        }
        return
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') this.#pattern(property, keys, target)
          else {
            const key = plainKey(property.key, property.computed)
            this.#pattern(property.value, keys && key !== null ? [...keys, key] : null, target)
          }
        }
        return
      default:
    }
  }
}

/** Whether a statement declares something for its block alone. */
function isLexical(node: AnyNode | null | undefined): boolean {
  if (node?.type === 'VariableDeclaration') return node.kind !== 'var'
  return node?.type === 'FunctionDeclaration' || node?.type === 'ClassDeclaration'
}

function declareFunction(scope: Scope, name: string, node: AnyNode): void {
  scope.declare(name, 'function').values.push({ node, scope, keys: [] })
}

function give(
  binding: Binding,
  node: AnyNode | null,
  keys: readonly string[] | null,
  fallback: AnyNode | null,
  scope: Scope,
): void {
  if (node !== null) binding.values.push({ node, scope, keys })
  if (fallback !== null) binding.values.push({ node: fallback, scope, keys: [] })
}

function holderOfVar(scope: Scope): Scope {
  let holder = scope
  while (!holder.holdsVar && holder.parent !== null) holder = holder.parent
  return holder
}

/** Null for the namespace as a whole. */
function importedName(
  specifier: Extract<AnyNode, { type: `Import${'' | 'Default' | 'Namespace'}Specifier` }>,
): string | null {
  if (specifier.type === 'ImportNamespaceSpecifier') return null
  if (specifier.type === 'ImportDefaultSpecifier') return 'default'
  const { imported } = specifier
  return imported.type === 'Identifier' ? imported.name : String(imported.value)
}
