import { matchesHost } from '../lib/host-pattern.ts'
import { knownKeys } from './known-keys.ts'
import { unknownKeys } from './manifest-checks/unknown-keys.ts'
import { inlineFault, noPlaceholder, placeholdersOf, urlFaults } from './manifest-checks/webhook-faults.ts'
import { quote } from './quote.ts'
import { readYaml, type YamlProblem } from './read-yaml.ts'
import { shapeMessage } from './shape-message.ts'
import { type Webhook, webhookSchema } from './webhook.ts'

const WEBHOOK_KEYS = knownKeys(webhookSchema)

/** A webhook as an organization gives it by itself, without a plugin around it. */
export interface CheckedWebhook {
  /** Null where there is any problem. */
  webhook: Webhook | null
  problems: YamlProblem[]
}

/**
 * Checks webhooks-as-code that comes without an archive. There is no report that could warn, so that a key which nobody reads is a
 * problem too.
 *
 * @param allowHosts private hosts that configuration opens, as `matchesHost` takes them
 */
export function checkWebhook(source: string, name: string, allowHosts: readonly string[]): CheckedWebhook {
  const yaml = readYaml(Buffer.from(source, 'utf8'))
  if (yaml.value === null) return { webhook: null, problems: yaml.problems }
  const { value, placeOf } = yaml
  const problems: YamlProblem[] = []
  const refuse = (at: readonly PropertyKey[], message: string, line: number | null = null): void => {
    problems.push({ message, ...placeOf(at, line) })
  }
  const parsed = webhookSchema.safeParse(value, { error: shapeMessage })
  for (const { path, message } of parsed.error?.issues ?? []) {
    const where = path.length === 0 ? 'The webhook' : quote(path.map(String).join('.'))
    refuse(path, `${where} is wrong: ${message}.`)
  }
  for (const { at, message } of unknownKeys(value, WEBHOOK_KEYS)) refuse(at, message)
  for (const { at, placeholder, key } of placeholdersOf(value)) {
    if (key === null) refuse(at, noPlaceholder(placeholder))
  }
  if (parsed.success) {
    for (const { at, message, line } of faultsOf(parsed.data, name, allowHosts)) refuse(at, message, line)
  }
  return { webhook: parsed.success && problems.length === 0 ? parsed.data : null, problems }
}

function* faultsOf(
  webhook: Webhook,
  name: string,
  allowHosts: readonly string[],
): Generator<{ at: string[]; message: string; line?: number | null }> {
  if (webhook.name !== name) {
    const message = `It is called ${quote(webhook.name)} here and ${quote(name)} in the request. Give it one name.`
    yield { at: ['name'], message }
  }
  const opened = (host: string, port: number): boolean =>
    allowHosts.some((pattern) => matchesHost(pattern, host, port))
  for (const { message, severity } of urlFaults(webhook.delivery.url, opened)) {
    if (severity === 'ERROR') yield { at: ['delivery', 'url'], message }
  }
  const { entry, inline } = webhook.transform ?? {}
  if (entry !== undefined) {
    const message =
      'Only a plugin has files. Write the module here: "inline: |", with "export function transform(ctx, event) { … }".'
    yield { at: ['transform', 'entry'], message }
  }
  const fault = inline === undefined ? null : inlineFault(inline)
  if (fault !== null) yield { at: ['transform', 'inline'], ...fault }
}
