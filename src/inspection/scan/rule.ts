import type { AnyNode, Program } from 'acorn'
import type { FindingSeverity } from '../../archive/finding.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { Cursor } from './cursor.ts'
import type { Scopes } from './scopes.ts'

/** A file of the plugin, as text. */
export interface TextFile {
  path: string
  text: string
}

/** A JavaScript file that was parsed. */
export interface ModuleFile extends TextFile {
  program: Program
  scopes: Scopes
}

/** What rules know of the whole plugin. */
export interface PluginFacts {
  manifest: Manifest | null
  /** Paths of all files. */
  paths: ReadonlySet<string>
}

/** Says what is wrong and what to do, about a place in the file that is looked at (offset in UTF-16 units). */
export type Tell = (at: { start: number } | null, message: string) => void

type NodeOf<Type extends AnyNode['type']> = Extract<AnyNode, { type: Type }>

/** What a rule wants to see of a syntax tree, by type of node. */
export type Visitors = { [Type in AnyNode['type']]?: (node: NodeOf<Type>, cursor: Cursor) => void } & {
  /** Where a global, a part of `ctx` or something imported is used; see `Use`. */
  Use?: (use: Use, cursor: Cursor) => void
  /** Identifiers that refer to nothing: names of properties, and where something is declared. */
  Name?: (node: NodeOf<'Identifier'> | NodeOf<'PrivateIdentifier'>, cursor: Cursor) => void
}

/** A use of what comes from outside of the module. */
export interface Use {
  /**
   * Where it comes from and what of it, followed through aliases, destructuring and keys that can be worked out:
   * `process.env.HOME`, `@ctx.http.fetch`, `@import:node:fs.readFile`. `globalThis.eval` is `eval`; `[?]` is a key made
   * at run time.
   */
  path: string
  /** The largest expression that has this value. */
  node: AnyNode
  /** What is done with it. */
  parent: AnyNode
}

/** A JavaScript file that could not be read as one. */
export interface UnreadModule {
  problem: 'SIZE' | 'SYNTAX'
  /** What the parser says. */
  message: string
  /** From 1. */
  line: number
}

/** What one rule does while one package is scanned; it may keep what it needs between files. */
export interface RuleRun {
  /** Every text file, JavaScript too. */
  text?(file: TextFile, tell: Tell): void
  /** Every module, when it was parsed. */
  module?(file: ModuleFile, tell: Tell): Visitors
  /** Every JavaScript file that is too large, or no module. */
  unread?(module: UnreadModule, tell: (line: number, message: string) => void): void
  /** After all files. */
  finish?(tell: (finding: { message: string; path?: string }) => void): void
}

export interface ScanRule {
  /** Stable: reports, configuration and publishers' scripts know it by this name. */
  name: string
  severity: Exclude<FindingSeverity, 'INFO'>
  /** In a file that nothing of the plugin can reach; left out: the same. */
  unreachable?: 'WARNING'
  /** Why it matters, for people. */
  why: string
  /** Whether it can say nothing without a valid manifest, and so does not run. */
  needsManifest?: boolean
  start(plugin: PluginFacts): RuleRun
}
