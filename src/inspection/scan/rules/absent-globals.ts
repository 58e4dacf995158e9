import type { RuleRun } from '../rule.ts'

/** What Node, browsers and bundlers have, and the sandbox has not. */
const ABSENT: ReadonlySet<string> = new Set(
  (
    'process require module exports Buffer __dirname __filename setInterval setImmediate queueMicrotask fetch ' +
    'XMLHttpRequest WebSocket EventSource Worker document navigator localStorage sessionStorage indexedDB ' +
    'importScripts Deno Bun'
  ).split(' '),
)

/** Globals of other places: the code would fail where it uses them. Each is told once a file. */
export function absentGlobals(): RuleRun {
  return {
    module: ({ text }, tell) => {
      const told = new Set<string>()
      return {
        Use: ({ path, node, parent }) => {
          const dot = path.indexOf('.')
          const name = dot === -1 ? path : path.slice(0, dot)
          if (!ABSENT.has(name) || told.has(name)) return
          if (parent.type === 'UnaryExpression' && parent.operator === 'typeof') return
          told.add(name)
          // Code for several places asks first, and goes without.
          if (new RegExp(String.raw`typeof (?:globalThis\.)?${name}\b`).test(text)) return
          tell(node, `"${name}" does not exist in a plugin. Leave it out${INSTEAD[name] ?? ''}.`)
        },
      }
    },
  }
}

const INSTEAD: Readonly<Record<string, string | undefined>> = {
  fetch: ', or call "ctx.http.fetch"',
  XMLHttpRequest: ', or call "ctx.http.fetch"',
  setInterval: ', or declare a job with a schedule',
  require: ', or import a file of the archive',
  Buffer: ', or use Uint8Array and TextEncoder',
}
