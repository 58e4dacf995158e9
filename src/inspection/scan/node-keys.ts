import type { AnyNode } from 'acorn'

/**
 * The parts of each node that are evaluated or declare something, in source order (ESTree 2026). Names that refer to
 * nothing (`a.name`, `{ name: 1 }`, labels) are not among them.
 */
const KEYS: Record<AnyNode['type'], readonly string[]> = {
  Program: ['body'],
  ExpressionStatement: ['expression'],
  BlockStatement: ['body'],
  StaticBlock: ['body'],
  EmptyStatement: [],
  DebuggerStatement: [],
  WithStatement: ['object', 'body'],
  ReturnStatement: ['argument'],
  LabeledStatement: ['body'],
  BreakStatement: [],
  ContinueStatement: [],
  IfStatement: ['test', 'consequent', 'alternate'],
  SwitchStatement: ['discriminant', 'cases'],
  SwitchCase: ['test', 'consequent'],
  ThrowStatement: ['argument'],
  TryStatement: ['block', 'handler', 'finalizer'],
  CatchClause: ['param', 'body'],
  WhileStatement: ['test', 'body'],
  DoWhileStatement: ['body', 'test'],
  ForStatement: ['init', 'test', 'update', 'body'],
  ForInStatement: ['left', 'right', 'body'],
  ForOfStatement: ['left', 'right', 'body'],
  FunctionDeclaration: ['params', 'body'],
  FunctionExpression: ['params', 'body'],
  ArrowFunctionExpression: ['params', 'body'],
  VariableDeclaration: ['declarations'],
  VariableDeclarator: ['id', 'init'],
  ThisExpression: [],
  Super: [],
  ArrayExpression: ['elements'],
  ObjectExpression: ['properties'],
  Property: ['value'],
  UnaryExpression: ['argument'],
  UpdateExpression: ['argument'],
  BinaryExpression: ['left', 'right'],
  AssignmentExpression: ['left', 'right'],
  LogicalExpression: ['left', 'right'],
  MemberExpression: ['object'],
  ConditionalExpression: ['test', 'consequent', 'alternate'],
  CallExpression: ['callee', 'arguments'],
  NewExpression: ['callee', 'arguments'],
  SequenceExpression: ['expressions'],
  SpreadElement: ['argument'],
  YieldExpression: ['argument'],
  AwaitExpression: ['argument'],
  TemplateLiteral: ['quasis', 'expressions'],
  TaggedTemplateExpression: ['tag', 'quasi'],
  TemplateElement: [],
  ObjectPattern: ['properties'],
  ArrayPattern: ['elements'],
  RestElement: ['argument'],
  AssignmentPattern: ['left', 'right'],
  ClassDeclaration: ['superClass', 'body'],
  ClassExpression: ['superClass', 'body'],
  ClassBody: ['body'],
  MethodDefinition: ['value'],
  PropertyDefinition: ['value'],
  PrivateIdentifier: [],
  MetaProperty: [],
  ImportDeclaration: ['source'],
  ImportSpecifier: [],
  ImportDefaultSpecifier: [],
  ImportNamespaceSpecifier: [],
  ImportAttribute: [],
  ImportExpression: ['source', 'options'],
  ExportNamedDeclaration: ['declaration', 'specifiers', 'source'],
  ExportDefaultDeclaration: ['declaration'],
  ExportAllDeclaration: ['source'],
  ExportSpecifier: [],
  ParenthesizedExpression: ['expression'],
  ChainExpression: ['expression'],
  Identifier: [],
  Literal: [],
}

/** The keys that are evaluated only where they stand in brackets. */
const COMPUTED: Readonly<Record<string, string>> = {
  MemberExpression: 'property',
  Property: 'key',
  MethodDefinition: 'key',
  PropertyDefinition: 'key',
}

/** Where a scope may begin, see `collectScopes`. */
const SCOPED: ReadonlySet<string> = new Set(
  (
    'Program FunctionDeclaration FunctionExpression ArrowFunctionExpression BlockStatement StaticBlock ' +
    'ClassDeclaration ClassExpression ForStatement ForInStatement ForOfStatement SwitchCase CatchClause'
  ).split(' '),
)

/** What there is to a type of node. */
export interface NodeKind {
  /** What to visit below it. */
  readonly keys: readonly string[]
  /** The same where its key stands in brackets; null for types without such. */
  readonly computedKeys: readonly string[] | null
  /** Whether a scope may begin at it. */
  readonly isScoped: boolean
}

/** By type: one look-up a node, which is what walking a tree costs. */
export const nodeKinds: ReadonlyMap<string, NodeKind> = new Map(
  Object.entries(KEYS).map(([type, keys]) => {
    const computed = COMPUTED[type]
    const computedKeys = computed === undefined ? null : [computed, ...keys]
    return [type, { keys, computedKeys, isScoped: SCOPED.has(type) }]
  }),
)

/** What to visit below a node of that kind. */
export function childKeys(node: AnyNode, kind: NodeKind): readonly string[] {
  return kind.computedKeys !== null && (node as { computed?: boolean }).computed
    ? kind.computedKeys
    : kind.keys
}

/** One part of a node: a node, several (with holes), or none. */
export type Part = AnyNode | readonly (AnyNode | null)[] | null | undefined

export function partOf(node: AnyNode, key: string): Part {
  return (node as unknown as Record<string, Part>)[key]
}

/** The key of a static pattern or property, `null` where it is made at run time. */
export function plainKey(key: AnyNode, isComputed: boolean): string | null {
  if (!isComputed && key.type === 'Identifier') return key.name
  if (key.type === 'Literal' && (typeof key.value === 'string' || typeof key.value === 'number')) {
    return String(key.value)
  }
  return null
}
