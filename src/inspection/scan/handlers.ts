import type { AnyNode, Function as FunctionNode, ObjectExpression, Program } from 'acorn'
import type { Scope } from './scope.ts'
import type { Scopes } from './scopes.ts'

/** `hooks: { name: handler }` and the like are one level below what is given to `definePlugin`. */
const MAX_LEVELS = 5

type Call = Extract<AnyNode, { type: 'CallExpression' }>

/** The functions of a module that are given to `definePlugin`: their first parameter is `ctx`, whatever it is called. */
export function findHandlers(program: Program, scopes: Scopes): ReadonlySet<FunctionNode> {
  const handlers = new Set<FunctionNode>()
  const scope = scopes.get(program)
  if (scope === undefined) return handlers
  for (const statement of program.body) {
    const candidates =
      statement.type === 'ExportDefaultDeclaration'
        ? [statement.declaration]
        : statement.type === 'VariableDeclaration'
          ? statement.declarations.map(({ init }) => init)
          : []
    for (const node of candidates) {
      if (node?.type === 'CallExpression' && isDefinePlugin(node, scope))
        collect(node.arguments[0], scope, MAX_LEVELS, handlers)
      else if (node?.type === 'ObjectExpression' && statement.type === 'ExportDefaultDeclaration')
        collect(node, scope, MAX_LEVELS, handlers)
    }
  }
  return handlers
}

/** What a module exports by default as `definePlugin({ … })`, written out; null where it does not. */
export function definitionOf(program: Program, scopes: Scopes): ObjectExpression | null {
  const scope = scopes.get(program)
  const exported = program.body.find(({ type }) => type === 'ExportDefaultDeclaration')
  if (scope === undefined || exported?.type !== 'ExportDefaultDeclaration') return null
  const call = exported.declaration
  if (call.type !== 'CallExpression' || !isDefinePlugin(call, scope)) return null
  const [definition] = call.arguments
  return definition?.type === 'ObjectExpression' ? definition : null
}

function isDefinePlugin({ callee }: Call, scope: Scope): boolean {
  return callee.type === 'Identifier' && scope.find(callee.name)?.source === '@import:patchbay.definePlugin'
}

function collect(node: AnyNode | undefined, scope: Scope, levels: number, handlers: Set<FunctionNode>): void {
  if (node === undefined || levels === 0) return
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      handlers.add(node)
      return
    case 'ObjectExpression':
      for (const property of node.properties) {
        if (property.type === 'Property') collect(property.value, scope, levels - 1, handlers)
        else collect(property.argument, scope, levels, handlers)
      }
      return
    case 'Identifier':
      for (const value of scope.find(node.name)?.values ?? [])
        collect(value.node, scope, levels - 1, handlers)
      return
    default:
  }
}
