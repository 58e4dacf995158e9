import { didYouMean } from '../../../archive/closest.ts'
import { quote } from '../../../archive/quote.ts'
import type { PluginFacts, RuleRun } from '../rule.ts'

/** What `ctx` has, and what its parts have; null where those are the plugin's own, or plain values. */
const MEMBERS: Readonly<Record<string, readonly string[] | null>> = {
  plugin: null,
  site: null,
  organization: null,
  settings: null,
  permissions: null,
  license: null,
  collections: null,
  log: ['debug', 'info', 'warn', 'error'],
  secrets: ['get'],
  events: ['emit'],
  http: ['fetch'],
  db: ['query'],
  files: ['read', 'write', 'list', 'delete'],
  llm: ['complete'],
  mail: ['send'],
  hooks: ['call'],
}

const DOCUMENT_CALLS = ['insert', 'get', 'find', 'update', 'updateMany', 'delete', 'count']

/** Parts of `ctx` that there are not: calling them throws, only when it comes to that. */
export function unknownMembers(_plugin: PluginFacts): RuleRun {
  return {
    module: (_file, tell) => ({
      Use: ({ path, node, parent }) => {
        if (!path.startsWith('@ctx.') || path.includes('[?]')) return
        if (parent.type === 'UnaryExpression' && parent.operator === 'typeof') return
        const [, part = '', ...rest] = path.split('.')
        if (!Object.hasOwn(MEMBERS, part)) {
          tell(node, wrong('ctx', part, Object.keys(MEMBERS)))
          return
        }
        const owner = part === 'collections' ? [part, ...rest.slice(0, 1)] : [part]
        const members = part === 'collections' ? DOCUMENT_CALLS : (MEMBERS[part] ?? null)
        const member = rest[owner.length - 1]
        const isCalled = parent.type === 'CallExpression' && parent.callee === node
        if (members === null || !isCalled || (member !== undefined && members.includes(member))) return
        tell(node, wrong(['ctx', ...owner].join('.'), member, members))
      },
    }),
  }
}

function wrong(owner: string, member: string | undefined, known: readonly string[]): string {
  const what =
    member === undefined ? `${quote(owner)} is no function` : `There is no ${quote(`${owner}.${member}`)}`
  const hint = member === undefined ? '' : didYouMean(member, known)
  return hint === '' ? `${what}: ${owner} has ${known.map(quote).join(', ')}.` : `${what}.${hint}`
}
