import { KiB } from '../../lib/units.ts'
import { didYouMean } from '../closest.ts'
import { printable, quote } from '../quote.ts'
import { knownKeys } from '../known-keys.ts'
import { webhookSchema } from '../webhook.ts'
import { manifestCheck, type Problem } from './manifest-check.ts'
import { readModule } from './modules.ts'
import { repeated } from './repeated.ts'
import { unknownKeys } from './unknown-keys.ts'
import {
  atPlace,
  inWebhook,
  MAX_WEBHOOK_BYTES,
  readableWebhooks,
  type WebhookFile,
  webhookFiles,
  yamlOf,
} from './webhook-files.ts'
import { exportFault, inlineFault, noPlaceholder, placeholdersOf, urlFaults } from './webhook-faults.ts'

const WEBHOOK_KEYS = knownKeys(webhookSchema)

/** What the plugin sends of itself: the files of `webhooks`. */
export const webhookChecks = [
  manifestCheck({
    name: 'manifest.webhooks.yaml',
    category: 'MANIFEST',
    needs: ['webhooks'],
    *run({ webhooks }, { entries }) {
      const readable = readableWebhooks(webhooks, entries)
      if (readable.length < new Set(webhooks).size) {
        const message = `The webhook files hold more than ${MAX_WEBHOOK_BYTES / KiB} KiB together. Ship fewer or shorter ones.`
        yield { message, at: ['webhooks', readable.length] }
      }
      for (const path of readable) {
        for (const { message, ...place } of yamlOf(path, entries)?.problems ?? [])
          yield { file: path, ...atPlace(message, place) }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.webhooks.schema',
    category: 'MANIFEST',
    needs: ['webhooks'],
    *run({ webhooks }, { entries }) {
      for (const file of webhookFiles(webhooks, entries)) {
        for (const { at, message } of file.mistakes) {
          const where = at.length === 0 ? 'The webhook' : quote(at.map(String).join('.'))
          yield inWebhook(file, at, `${where} is wrong: ${message}.`)
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.webhooks.unknown-keys',
    category: 'MANIFEST',
    needs: ['webhooks'],
    *run({ webhooks }, { entries }) {
      for (const file of webhookFiles(webhooks, entries)) {
        for (const { at, message } of unknownKeys(file.value, WEBHOOK_KEYS)) {
          yield inWebhook(file, at, message, 'WARNING')
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.webhooks.unique',
    category: 'MANIFEST',
    needs: ['webhooks'],
    *run({ webhooks }, { entries }) {
      for (const { value, index } of repeated(webhooks)) {
        yield { message: `${quote(value)} stands twice in "webhooks". Remove one.`, at: ['webhooks', index] }
      }
      const named = [...webhookFiles(webhooks, entries)].flatMap((file) =>
        file.webhook === null ? [] : [{ file, name: file.webhook.name }],
      )
      for (const { value, index } of repeated(named.map(({ name }) => name))) {
        const file = named[index]?.file
        if (file) yield inWebhook(file, ['name'], `Two webhooks are called ${quote(value)}. Rename one.`)
      }
    },
  }),
  /** Where it goes to: the same rule as for `network`, and no address in clear text. */
  manifestCheck({
    name: 'manifest.webhooks.url',
    category: 'PERMISSIONS',
    needs: ['webhooks'],
    *run({ webhooks }, { entries }) {
      for (const file of webhookFiles(webhooks, entries)) {
        const url = file.webhook?.delivery.url
        if (url === undefined) continue
        for (const { message, severity } of urlFaults(url)) {
          yield inWebhook(file, ['delivery', 'url'], message, severity)
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.webhooks.secrets',
    category: 'MANIFEST',
    needs: ['webhooks', 'secrets'],
    *run({ webhooks, secrets }, { entries }) {
      const declared = secrets.map(({ key }) => key)
      for (const file of webhookFiles(webhooks, entries)) {
        for (const { at, placeholder, key } of placeholdersOf(file.value)) {
          if (key === null) yield inWebhook(file, at, noPlaceholder(placeholder))
          else if (!declared.includes(key)) {
            const message = `The secret ${quote(key)} is not declared. Add {"key": "${printable(key)}"} to "secrets" of manifest.json.${didYouMean(key, declared)}`
            yield inWebhook(file, at, message)
          }
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.webhooks.transform',
    category: 'MANIFEST',
    needs: ['webhooks'],
    *run({ webhooks }, { entries }) {
      for (const file of webhookFiles(webhooks, entries)) {
        const transform = file.webhook?.transform
        if (transform === undefined) continue
        const { entry, inline } = transform
        if (inline !== undefined) {
          const fault = inlineFault(inline)
          if (fault !== null) yield inInline(file, fault)
        } else if (entry !== undefined) {
          const bytes = entries.get(entry.path)
          const facts = bytes === undefined ? null : readModule(entry.path, bytes)
          // A fault in it is told by `manifest.modules.parse`.
          if (facts !== null && facts.fault !== null) continue
          const message =
            facts === null
              ? `The archive has no file ${quote(entry.path)}. Add it, or correct its path (from the plugin's root).`
              : exportFault(entry.name, facts.exports)
          if (message !== null) yield inWebhook(file, ['transform', 'entry'], message)
        }
      }
    },
  }),
]

function inInline(file: WebhookFile, { message, line }: { message: string; line: number | null }): Problem {
  const place = file.yaml.placeOf(['transform', 'inline'], line)
  return { file: file.path, ...atPlace(message, place) }
}

/** The modules that transforms begin with. */
export function transformModules(
  paths: readonly string[],
  entries: ReadonlyMap<string, Uint8Array>,
): string[] {
  return [...webhookFiles(paths, entries)].flatMap(({ webhook }) => {
    const path = webhook?.transform?.entry?.path
    return path === undefined ? [] : [path]
  })
}
