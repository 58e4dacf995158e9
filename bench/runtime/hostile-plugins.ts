import { FILLING_MEMORY } from '../../test/runtime/hostile/filling-memory.ts'
import { NEVER_ENDING } from '../../test/runtime/hostile/never-ending.ts'
import type { Written } from './prepare.ts'

/** Programs of one kind, which run in turns. */
export interface HostileClass {
  name: string
  /** Hook of the plugin that has them. */
  hook: string
  programs: readonly string[]
  outcome: 'TIMEOUT' | 'OUT_OF_MEMORY' | 'OK'
  /** Calls at once. */
  atOnce: number
}

type Programs = Record<string, [name: string, body: string][]>

/** As much as each call may, over and over. */
const ALLOWED: Programs = {
  'results of 1 MB': [['results', `return 'x'.repeat(1e6)`]],
  'a million numbers in results': [['numbers', 'return Array(500_000).fill(1)']],
  '200 log lines of 2 KiB each': [
    ['lines', `for (let n = 0; n < 200; n += 1) console.log('x'.repeat(2048))`],
  ],
  '100 host calls each, refused': [
    [
      'refused',
      `await Promise.allSettled(Array.from({ length: 100 }, () => ctx.events.emit(input.program, { text: 'x'.repeat(1e5) })))`,
    ],
  ],
  '100 host calls each, served': [
    ['served', `await Promise.allSettled(Array.from({ length: 100 }, () => ctx.secrets.get('A')))`],
  ],
  'events of 1 MB': [
    [
      'events',
      `await Promise.allSettled(Array.from({ length: 10 }, () => ctx.events.emit('allowed.made.it', { text: 'x'.repeat(1e6) })))`,
    ],
  ],
}

/** What the scan refuses to publish, and so never runs; and what needs a host that answers slowly. */
const REFUSED = new Set([
  'stacks that are made by a loop',
  'a toJSON of every object that loops',
  'a chain of host calls that the host answers slowly',
])

const PERMISSIONS = ['secrets:read', 'events:emit'].map((permission) => ({ permission, reason: 'Measures.' }))

/** A plugin for each end that they have: with the limit that they run into, low, so that they run over and over. */
export const HOSTILE_PLUGINS: readonly Written[] = [
  pluginOf('ending', NEVER_ENDING, { timeoutMs: 1000 }),
  pluginOf('filling', FILLING_MEMORY, { memoryMb: 32 }),
  pluginOf('allowed', ALLOWED, {}),
]

export const HOSTILE_CLASSES: readonly HostileClass[] = [
  ...classesOf('ending', NEVER_ENDING, 'TIMEOUT', 1),
  ...classesOf('filling', FILLING_MEMORY, 'OUT_OF_MEMORY', 1),
  ...classesOf('allowed', ALLOWED, 'OK', 4),
]

function classesOf(
  slug: string,
  programs: Programs,
  outcome: HostileClass['outcome'],
  atOnce: number,
): HostileClass[] {
  return Object.entries(programs).map(([name, all]) => ({
    name,
    hook: hookOf(slug),
    programs: all.map(([program]) => program).filter((program) => !REFUSED.has(program)),
    outcome,
    atOnce,
  }))
}

function hookOf(slug: string): string {
  return `hostile_${slug}`
}

/** One hook that runs the program that its payload names, or rests. */
function pluginOf(slug: string, programs: Programs, limits: object): Written {
  const all = Object.values(programs)
    .flat()
    .filter(([name]) => !REFUSED.has(name))
  const bodies = all.map(([name, body]) => `${JSON.stringify(name)}: async (ctx, input) => { ${body} }`)
  const code = `import { definePlugin } from 'patchbay'
const programs = { rest: () => 1, ${bodies.join(',\n')} }
export default definePlugin({ hooks: { ${hookOf(slug)}: (ctx, input) => programs[input.program](ctx, input) } })
`
  const secrets = [{ key: 'A', required: false }]
  return { slug, code, manifest: { hooks: [hookOf(slug)], permissions: PERMISSIONS, secrets, limits } }
}
