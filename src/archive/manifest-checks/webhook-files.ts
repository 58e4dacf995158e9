import type { JsonValue } from '../../lib/json.ts'
import { KiB } from '../../lib/units.ts'
import { type Place, readYaml, type YamlFile } from '../read-yaml.ts'
import { shapeMessage } from '../shape-message.ts'
import { type Webhook, webhookSchema } from '../webhook.ts'
import type { Problem } from './manifest-check.ts'

/** A webhook file of the archive that is YAML. */
export interface WebhookFile {
  path: string
  yaml: YamlFile
  value: JsonValue
  /** Null where its shape is wrong; see `mistakes`. */
  webhook: Webhook | null
  mistakes: { at: PropertyKey[]; message: string }[]
}

const known = new WeakMap<Uint8Array, YamlFile>()

/** By its name. */
export const YAML = /\.ya?ml$/

/** A file of the archive as YAML, read once for all checks; null where it is not there or has another name. */
export function yamlOf(path: string, entries: ReadonlyMap<string, Uint8Array>): YamlFile | null {
  const bytes = entries.get(path)
  if (bytes === undefined || !YAML.test(path)) return null
  const yaml = known.get(bytes) ?? readYaml(bytes)
  known.set(bytes, yaml)
  return yaml
}

/** Of all webhook files of a plugin; YAML made to be slow takes 10 ms a KiB. */
export const MAX_WEBHOOK_BYTES = 128 * KiB

/** The files that are read, each once: up to the one with which they become too much together. */
export function readableWebhooks(
  paths: readonly string[],
  entries: ReadonlyMap<string, Uint8Array>,
): string[] {
  let bytes = 0
  return [...new Set(paths)].filter((path) => {
    bytes += entries.get(path)?.length ?? 0
    return bytes <= MAX_WEBHOOK_BYTES
  })
}

/** The webhook files that are there and are YAML, each once. */
export function* webhookFiles(
  paths: readonly string[],
  entries: ReadonlyMap<string, Uint8Array>,
): Generator<WebhookFile> {
  for (const path of readableWebhooks(paths, entries)) {
    const yaml = yamlOf(path, entries)
    if (yaml === null) continue
    if (yaml.value === null) continue
    const parsed = webhookSchema.safeParse(yaml.value, { error: shapeMessage })
    const mistakes = parsed.success
      ? []
      : parsed.error.issues.map((issue) => ({ at: issue.path, message: issue.message }))
    yield { path, yaml, value: yaml.value, webhook: parsed.success ? parsed.data : null, mistakes }
  }
}

/** A webhook of a package as it is kept: its text, and what that says. */
export interface PackagedWebhook {
  path: string
  source: string
  definition: Webhook
}

/** The webhooks of a package, but for those in which something is wrong. */
export function packagedWebhooks(
  paths: readonly string[],
  entries: ReadonlyMap<string, Uint8Array>,
): PackagedWebhook[] {
  const decoder = new TextDecoder()
  return [...webhookFiles(paths, entries)].flatMap(({ path, webhook }) =>
    webhook === null ? [] : [{ path, source: decoder.decode(entries.get(path)), definition: webhook }],
  )
}

/** A problem at a place of a webhook file. */
export function inWebhook(
  { path, yaml }: Pick<WebhookFile, 'path' | 'yaml'>,
  at: readonly PropertyKey[],
  message: string,
  severity: 'ERROR' | 'WARNING' = 'ERROR',
): Problem {
  return { severity, file: path, ...atPlace(message, yaml.placeOf(at)) }
}

/** A report has lines; the column stands in the message. */
export function atPlace(message: string, place: Partial<Place>): Pick<Problem, 'message' | 'line'> {
  if (place.line === undefined) return { message }
  return { message: `${message} (Column ${place.column ?? 1}.)`, line: place.line }
}
