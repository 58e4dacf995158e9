import { childrenOf } from '../../support/child-processes.ts'

/** A process and all that descend from it, by /proc. */
export function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)]
}
