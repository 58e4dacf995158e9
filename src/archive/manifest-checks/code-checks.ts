import type { Manifest } from '../manifest.ts'
import { quote } from '../quote.ts'
import { manifestCheck, type Problem } from './manifest-check.ts'
import { importFaults, MODULE, moduleFaults, readModule } from './modules.ts'
import { repeated } from './repeated.ts'
import { transformModules } from './webhook-checks.ts'
import { exportFault } from './webhook-faults.ts'
import { YAML } from './webhook-files.ts'

const HANDLER_KEYS = ['hooks', 'events', 'filters'] as const
const CODE_KEYS = [...HANDLER_KEYS, 'routes', 'jobs'] as const

/** Whether the code that the manifest speaks of is there. */
export const codeChecks = [
  manifestCheck({
    name: 'manifest.entry.required',
    category: 'MANIFEST',
    needs: ['entry', ...CODE_KEYS],
    *run(manifest) {
      const used = CODE_KEYS.filter((key) => manifest[key].length > 0)
      if (manifest.entry !== null || used.length === 0) return
      const message = `${used.map(quote).join(', ')} need code. Add "entry", the path of an ES module such as "main.js".`
      yield { message, at: [used[0] ?? 'entry'] }
    },
  }),
  manifestCheck({
    name: 'manifest.entry.exists',
    category: 'MANIFEST',
    needs: ['entry'],
    *run({ entry }, { entries }) {
      if (entry !== null) yield* missingModule(entry, entries, ['entry'])
    },
  }),
  manifestCheck({
    name: 'manifest.code.nested-archive',
    category: 'MANIFEST',
    needs: ['entry', 'migrations'],
    *run({ entry, migrations }, { entries }) {
      for (const path of new Set([entry, ...migrations.map((migration) => migration.entry)])) {
        if (path === null || !isArchive(entries.get(path) ?? NOTHING)) continue
        yield { message: `${quote(path)} is an archive, not code. Ship the module itself.`, file: path }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.handlers.unique',
    category: 'MANIFEST',
    needs: HANDLER_KEYS,
    *run(manifest) {
      for (const key of HANDLER_KEYS) {
        for (const { value, index } of repeated(manifest[key])) {
          const message = `${quote(value)} stands twice in "${key}". Remove one.`
          yield { severity: 'WARNING', message, at: [key, index] }
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.migrations.exist',
    category: 'MANIFEST',
    needs: ['migrations'],
    *run({ migrations }, { entries }) {
      for (const [index, { entry }] of migrations.entries()) {
        yield* missingModule(entry, entries, ['migrations', index, 'entry'])
        const bytes = entries.get(entry)
        const facts = bytes === undefined || !MODULE.test(entry) ? null : readModule(entry, bytes)
        // A fault in it is told by `manifest.modules.parse`.
        const message =
          facts === null || facts.fault !== null ? null : exportFault('up', facts.exports, 'ctx')
        if (message !== null) yield { severity: 'WARNING', message, at: ['migrations', index, 'entry'] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.modules.parse',
    category: 'MANIFEST',
    needs: ['entry', 'migrations', 'webhooks'],
    *run(manifest, { entries }) {
      yield* moduleFaults(startingModules(manifest, entries), entries)
    },
  }),
  manifestCheck({
    name: 'manifest.modules.imports',
    category: 'MANIFEST',
    needs: ['entry', 'migrations', 'webhooks'],
    *run(manifest, { entries }) {
      yield* importFaults(startingModules(manifest, entries), entries)
    },
  }),
  manifestCheck({
    name: 'manifest.webhooks.exist',
    category: 'MANIFEST',
    needs: ['webhooks'],
    *run({ webhooks }, { entries }) {
      for (const [index, file] of webhooks.entries()) {
        const at = ['webhooks', index]
        if (!YAML.test(file)) yield { message: `${quote(file)} is no YAML file. Name it .yaml.`, at }
        else if (!entries.has(file)) yield { message: missing(file), at }
      }
    },
  }),
]

/** The modules that are run by themselves, and are code by their name; the others are told as such. */
function startingModules(
  { entry, migrations, webhooks }: Pick<Manifest, 'entry' | 'migrations' | 'webhooks'>,
  entries: ReadonlyMap<string, Uint8Array>,
): string[] {
  const paths = [
    entry,
    ...migrations.map((migration) => migration.entry),
    ...transformModules(webhooks, entries),
  ]
  return paths
    .filter((path) => path !== null)
    .filter((path) => {
      const bytes = entries.get(path)
      return MODULE.test(path) && bytes !== undefined && !isArchive(bytes)
    })
}

/** The bytes that archives begin with: nested ones are no code, whatever their name says. */
const ARCHIVE_SIGNATURES = [Buffer.from('PK\u0003\u0004'), Buffer.from([0x1f, 0x8b])]

function* missingModule(
  path: string,
  entries: ReadonlyMap<string, Uint8Array>,
  at: PropertyKey[],
): Iterable<Problem> {
  const bytes = entries.get(path)
  if (!MODULE.test(path)) {
    yield { message: `${quote(path)} is no ES module by its name. Name it .js or .mjs.`, at }
  } else if (bytes === undefined) {
    yield { message: missing(path), at }
  }
}

function missing(path: string): string {
  return `The archive has no file ${quote(path)}. Add it, or correct its path (from the plugin's root, with its case).`
}

const NOTHING = new Uint8Array()

function isArchive(bytes: Uint8Array): boolean {
  return ARCHIVE_SIGNATURES.some((signature) => signature.equals(bytes.subarray(0, signature.length)))
}
