import type { AnyNode } from 'acorn'
import type { Cursor } from './cursor.ts'
import { childKeys, type NodeKind, nodeKinds, partOf } from './node-keys.ts'
import type { Origins } from './origins.ts'
import type { ModuleFile, Use, Visitors } from './rule.ts'
import type { Scope } from './scope.ts'

/** One rule's visitors, with what is done where they throw. */
export interface Subscriber {
  visitors: Visitors
  crashed(error: unknown): void
}

type Visit = (node: AnyNode, cursor: Cursor) => void

/** What one rule does at one type of node. */
class Entry {
  readonly #visit: Visit
  readonly #subscriber: Subscriber

  constructor(visit: Visit, subscriber: Subscriber) {
    this.#visit = visit
    this.#subscriber = subscriber
  }

  run(node: AnyNode, cursor: Cursor): void {
    try {
      this.#visit(node, cursor)
    } catch (error) {
      this.#subscriber.crashed(error)
    }
  }
}

/** What is to be done at one type of node. */
interface Plan {
  kind: NodeKind
  entries: readonly Entry[]
}

/** Goes once through a module and calls every rule at the nodes that it asked for. Not deeper than its scopes went. */
export function walkModule(file: ModuleFile, origins: Origins, subscribers: readonly Subscriber[]): void {
  const root = file.scopes.get(file.program)
  if (root === undefined) throw new Error('The scopes belong to another tree.')
  new Walk(file, origins, subscribers).visit(file.program, root)
}

class Walk implements Cursor {
  scope!: Scope
  readonly ancestors: AnyNode[] = []
  readonly origins: Origins
  readonly #file: ModuleFile
  readonly #plans: ReadonlyMap<string, Plan>
  readonly #uses: readonly Entry[]
  readonly #names: readonly Entry[]

  constructor(file: ModuleFile, origins: Origins, subscribers: readonly Subscriber[]) {
    this.#file = file
    this.origins = origins
    const entries = new Map<string, Entry[]>()
    for (const subscriber of subscribers) {
      for (const [type, visit] of Object.entries(subscriber.visitors)) {
        const list = entries.get(type) ?? []
        list.push(new Entry(visit as Visit, subscriber))
        entries.set(type, list)
      }
    }
    this.#plans = new Map(
      nodeKinds.entries().map(([type, kind]) => [type, { kind, entries: entries.get(type) ?? [] }]),
    )
    this.#names = entries.get('Name') ?? []
    this.#uses = entries.get('Use') ?? []
  }

  visit(node: AnyNode, outer: Scope): void {
    const { kind, entries } = this.#plans.get(node.type)!
    const scope = kind.isScoped ? (this.#file.scopes.get(node) ?? outer) : outer
    this.scope = scope
    for (const entry of entries) entry.run(node, this)
    if (node.type === 'Identifier') return this.#reference(node)
    if (node.type === 'MemberExpression' || node.type === 'ImportExpression') this.#madeHere(node)
    if (this.#names.length > 0) this.#tellNames(node)
    const keys = childKeys(node, kind)
    if (keys.length === 0) return
    this.ancestors.push(node)
    for (const key of keys) {
      const part = partOf(node, key)
      if (part === null || part === undefined) continue
      const isPattern = declares(node, key)
      if (Array.isArray(part)) {
        for (const child of part) if (child !== null) this.#child(child, scope, isPattern)
      } else this.#child(part as AnyNode, scope, isPattern)
    }
    this.ancestors.pop()
  }

  #child(node: AnyNode, scope: Scope, isPattern: boolean): void {
    if (isPattern) this.#pattern(node, scope)
    else this.visit(node, scope)
  }

  /** Only what is evaluated in a pattern refers to anything: defaults and computed keys. */
  #pattern(node: AnyNode, scope: Scope): void {
    switch (node.type) {
      case 'Identifier':
        for (const entry of this.#names) entry.run(node, this)
        return
      case 'AssignmentPattern':
        this.#pattern(node.left, scope)
        return this.visit(node.right, scope)
      case 'RestElement':
        return this.#pattern(node.argument, scope)
      case 'ArrayPattern':
        for (const element of node.elements) if (element) this.#pattern(element, scope)
        return
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'RestElement') this.#pattern(property, scope)
          else {
            if (property.computed) this.visit(property.key, scope)
            this.#pattern(property.value, scope)
          }
        }
        return
      default:
        return this.visit(node, scope)
    }
  }

  #reference(node: Extract<AnyNode, { type: 'Identifier' }>): void {
    const binding = this.scope.find(node.name)
    const path = binding === null ? this.origins.of(node, this.scope) : this.origins.ofBinding(binding)
    if (path !== null) this.#follow(node, path)
  }

  /** Ways to something outside that begin with no name: `(() => {}).constructor`, `import('…')`. */
  #madeHere(node: Extract<AnyNode, { type: 'MemberExpression' | 'ImportExpression' }>): void {
    if (node.type === 'MemberExpression') {
      if (!node.computed && !(node.property.type === 'Identifier' && node.property.name === 'constructor'))
        return
      if (this.origins.keyOf(node, this.scope) !== 'constructor') return
      if (this.origins.of(node.object, this.scope) !== null) return
    }
    const path = this.origins.of(node, this.scope)
    if (path !== null) this.#follow(node, path)
  }

  /** Tells of the use at the end of the way outwards, and of each call on it that gives something else of interest. */
  #follow(start: AnyNode, origin: string): void {
    let [node, path] = [start, origin]
    for (let index = this.ancestors.length - 1; index >= 0; index -= 1) {
      const parent = this.ancestors[index]!
      if (parent.type === 'MemberExpression' && parent.object === node) {
        const next = this.origins.join(path, this.origins.keyOf(parent, this.scope))
        if (next === null) return
        path = next
      } else if (parent.type === 'CallExpression' && parent.callee === node) {
        this.#tell({ path, node, parent })
        const next = this.origins.of(parent, this.scope)
        if (next === null) return
        path = next
      } else if (!isPassedOn(node, parent)) {
        return this.#tell({ path, node, parent })
      }
      node = parent
    }
  }

  #tell(use: Use): void {
    // A use is no node, and the rules that ask for uses know.
    for (const entry of this.#uses) entry.run(use as unknown as AnyNode, this)
  }

  #tellNames(node: AnyNode): void {
    for (const key of ['id', 'key', 'property', 'label', 'local', 'exported', 'imported']) {
      const name = partOf(node, key) as AnyNode | null | undefined
      if (name?.type !== 'Identifier' && name?.type !== 'PrivateIdentifier') continue
      if (key === 'property' || key === 'key' ? 'computed' in node && node.computed : declares(node, key))
        continue
      for (const entry of this.#names) entry.run(name, this)
    }
  }
}

function declares(node: AnyNode, key: string): boolean {
  return key === 'params' || key === 'param' || (key === 'id' && node.type === 'VariableDeclarator')
}

/** Whether a parent has its child's value, so that the use is further out. */
function isPassedOn(node: AnyNode, parent: AnyNode): boolean {
  switch (parent.type) {
    case 'ChainExpression':
    case 'ParenthesizedExpression':
    case 'LogicalExpression':
    case 'AwaitExpression':
      return true
    case 'SequenceExpression':
      return parent.expressions.at(-1) === node
    case 'ConditionalExpression':
      return parent.test !== node
    default:
      return false
  }
}
