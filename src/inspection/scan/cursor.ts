import type { AnyNode } from 'acorn'
import type { Origins } from './origins.ts'
import type { Scope } from './scope.ts'

/** Where the walk through a syntax tree is. */
export interface Cursor {
  /** The scope in which the node stands. */
  readonly scope: Scope
  /** From the program down to the node's parent. */
  readonly ancestors: readonly AnyNode[]
  readonly origins: Origins
}
