import type { App } from '../../app.ts'
import { SECRET_PLACEHOLDER } from '../../archive/webhook.ts'
import { matchesHost } from '../../lib/host-pattern.ts'
import type { Target } from '../invocations/target.ts'
import { readSecretVersions } from '../secrets/read-secret.ts'
import { DeliveryImpossible } from './delivery-impossible.ts'
import type { Delivery } from './load-delivery.ts'

/** Where a delivery goes, with its secrets put in. */
export interface Address {
  url: URL
  headers: Readonly<Record<string, string>>
  /** Whether a secret says which host it is: then no error may name that. */
  hidden: boolean
  /** Of the signature, as they were given: the one that counts, and the one before for a while. None: it is not signed. */
  keys: readonly string[]
}

/**
 * Puts the secrets of its plugin or organization in the place of `${SECRET:…}`. A secret that the manifest seals to hosts goes to no
 * other, but for the key of the signature, which stays here.
 *
 * @throws {DeliveryImpossible} where one is not set, or what comes of it is no address
 */
export async function fillSecrets(app: App, delivery: Delivery, target: Target | null): Promise<Address> {
  const { organizationId, webhook } = delivery
  const { url: template, headers: given, signing } = webhook.definition.delivery
  const owner = { organizationId, pluginId: webhook.pluginId, siteId: webhook.siteId }
  const used = new Map<string, string>()
  const read = async (key: string) => {
    const versions = await readSecretVersions(app, owner, key)
    if (versions === null)
      throw new DeliveryImpossible(`The secret ${key} is not set: set it with setSecret.`)
    return versions
  }
  const fill = async (text: string): Promise<string> => {
    for (const [, key = ''] of text.matchAll(SECRET_PLACEHOLDER)) {
      if (!used.has(key)) used.set(key, (await read(key)).current.trim())
    }
    return text.replaceAll(SECRET_PLACEHOLDER, (_, key: string) => used.get(key) ?? '')
  }
  const url = URL.parse(await fill(template))
  if (url === null) throw new DeliveryImpossible('What the secret of the address holds is no web address.')
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = await fill(value)
  checkSeals(url, [...used.keys()], target)
  checkScheme(app, url)
  const signingKey = signing === undefined ? undefined : signing.secret.slice('${SECRET:'.length, -1)
  const versions = signingKey === undefined ? null : await read(signingKey)
  const keys = versions === null ? [] : [versions.current, versions.previous]
  return { url, headers, hidden: template.startsWith('${'), keys: keys.filter((it) => it !== null) }
}

/** What is in an event is for the receiver alone; in the operator's own network plain http is his to choose. */
function checkScheme(app: App, url: URL): void {
  if (url.protocol !== 'http:') return
  const port = Number(url.port) || 80
  if (app.config.egress.allowHosts.some((pattern) => matchesHost(pattern, url.hostname, port))) return
  throw new DeliveryImpossible(
    'The address begins with http://: over that, deliveries go to hosts alone that the operator has opened (PATCHBAY_EGRESS_ALLOW). Make it https://.',
  )
}

function checkSeals(url: URL, keys: readonly string[], target: Target | null): void {
  const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443)
  for (const { key, hosts } of target?.manifest.secrets ?? []) {
    if (!keys.includes(key) || hosts === undefined || hosts === null || hosts.length === 0) continue
    if (hosts.some((pattern) => matchesHost(pattern, url.hostname, port))) continue
    throw new DeliveryImpossible(`The secret ${key} may only go to ${hosts.join(', ')}.`)
  }
}
