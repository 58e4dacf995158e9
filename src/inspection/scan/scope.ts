import type { AnyNode, Function as FunctionNode } from 'acorn'

/** A value that a name may have: an expression, and what of it by destructuring; null where that is not plain. */
export interface PossibleValue {
  node: AnyNode
  scope: Scope
  keys: readonly string[] | null
}

/** A declared name. */
export interface Binding {
  name: string
  kind: 'import' | 'parameter' | 'variable' | 'function' | 'class' | 'caught'
  /** Everything that it is given anywhere; parameters have what they default to. */
  values: PossibleValue[]
  /** `@import:module.name` of imports. */
  source: string | null
  /** Of a parameter: whose, which, and what of it. */
  parameter: { of: FunctionNode; index: number; keys: readonly string[] | null } | null
  /** Worked out once, see `origin.ts`; undefined before. */
  origin?: string | null
  text?: string | null
}

export class Scope {
  readonly parent: Scope | null
  /** Whether `var` ends here. */
  readonly holdsVar: boolean
  #bindings: Map<string, Binding> | null = null

  constructor(parent: Scope | null, holdsVar: boolean) {
    this.parent = parent
    this.holdsVar = holdsVar
  }

  declare(name: string, kind: Binding['kind']): Binding {
    this.#bindings ??= new Map()
    const known = this.#bindings.get(name)
    if (known !== undefined) return known
    const binding: Binding = { name, kind, values: [], source: null, parameter: null }
    this.#bindings.set(name, binding)
    return binding
  }

  /** Null where the name is free: then it is a global. */
  find(name: string): Binding | null {
    return this.#bindings?.get(name) ?? this.parent?.find(name) ?? null
  }
}
