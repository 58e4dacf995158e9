import { matchesHost } from '../../lib/host-pattern.ts'
import type { PluginRequest } from './fetch-for-plugin.ts'
import type { Opened, SealedSecrets } from './sealed-secrets.ts'

/** A placeholder stands where its secret may not go. The words are for the plugin, and hold no value. */
export class SealedSecretError extends Error {
  readonly code: 'SECRET_HOST' | 'SECRET_PLACE'

  constructor(code: SealedSecretError['code'], message: string) {
    super(message)
    this.name = 'SealedSecretError'
    this.code = code
  }
}

/**
 * The request with the values of sealed secrets in the place of their placeholders: in values of headers, in the path and
 * query of the URL, where it begins the URL as all of it, and in a body of text. Throws SealedSecretError unless each may
 * go to the host of the URL, over TLS where the operator has not opened that host in a private network.
 */
export async function fillRequest(
  request: PluginRequest,
  secrets: SealedSecrets,
  openHosts: readonly string[],
): Promise<PluginRequest> {
  const { url, headers, body } = request
  const inHeaders = Object.values(headers).flatMap((value) => [value, basicCredentials(value) ?? ''])
  const named = await secrets.namedIn([url, ...inHeaders, typeof body === 'string' ? body : ''])
  if (named.length === 0) return request
  const filled = { ...request, url: fillUrl(url, named), headers: fillHeaders(headers, named) }
  checkHosts(filled.url, named, openHosts)
  if (typeof body === 'string') filled.body = fillText(body, named, escapeFor(contentType(headers)))
  return filled
}

/** These go along to another host where a redirect leads there. */
const KEPT_OVER_REDIRECTS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'user-agent',
])

type Escape = (value: string) => string
const asIs: Escape = (value) => value

function fillText(text: string, secrets: readonly Opened[], escape: Escape): string {
  return secrets.reduce(
    (filled, { placeholder, value }) => filled.replaceAll(placeholder, () => escape(value)),
    text,
  )
}

function fillUrl(url: string, secrets: readonly Opened[]): string {
  const whole = secrets.find(({ placeholder }) => url.startsWith(placeholder))
  const begun = whole === undefined ? url : whole.value + url.slice(whole.placeholder.length)
  const { host = '', username = '', password = '' } = URL.parse(begun) ?? {}
  const authority = `${host} ${username} ${password}`.toLowerCase()
  if (secrets.some(({ placeholder }) => authority.includes(placeholder.toLowerCase())))
    throw new SealedSecretError('SECRET_PLACE', 'A sealed secret cannot be part of a host.')
  // Slashes stay what they are, for secrets that are a path.
  return fillText(begun, secrets, (value) => encodeURIComponent(value).replaceAll('%2F', '/'))
}

function fillHeaders(
  headers: PluginRequest['headers'],
  secrets: readonly Opened[],
): PluginRequest['headers'] {
  const entries = Object.entries(headers).map(([name, value]) => {
    const filled = fillHeader(value, secrets)
    if (filled !== value && KEPT_OVER_REDIRECTS.has(name.toLowerCase())) {
      throw new SealedSecretError('SECRET_PLACE', `A sealed secret cannot stand in the header "${name}".`)
    }
    return [name, filled] as const
  })
  return Object.fromEntries(entries)
}

/** `Basic` credentials are base64, in which a plugin has put the placeholder. */
function fillHeader(value: string, secrets: readonly Opened[]): string {
  const credentials = basicCredentials(value)
  if (credentials === null) return fillText(value, secrets, asIs)
  const filled = fillText(credentials, secrets, asIs)
  return filled === credentials ? value : `Basic ${Buffer.from(filled).toString('base64')}`
}

function basicCredentials(value: string): string | null {
  const [, base64] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(value) ?? []
  return base64 === undefined ? null : Buffer.from(base64, 'base64').toString('utf8')
}

function checkHosts(url: string, secrets: readonly Opened[], openHosts: readonly string[]): void {
  const parsed = URL.parse(url)
  if (parsed === null) return
  const secure = parsed.protocol === 'https:'
  const port = parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port)
  const among = (patterns: readonly string[]): boolean =>
    patterns.some((pattern) => matchesHost(pattern, parsed.hostname, port))
  for (const { key, hosts } of secrets) {
    if (!among(hosts))
      throw new SealedSecretError('SECRET_HOST', `The secret ${key} goes to ${hosts.join(', ')} alone.`)
    if (!secure && !among(openHosts))
      throw new SealedSecretError('SECRET_HOST', `The secret ${key} goes over https alone.`)
  }
}

function contentType(headers: PluginRequest['headers']): string {
  const entry = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')
  return entry?.[1].toLowerCase() ?? ''
}

/** How a value stands in a body, so that no character of it becomes syntax. */
function escapeFor(type: string): Escape {
  if (/\bjson\b/.test(type)) return (value) => JSON.stringify(value).slice(1, -1)
  return type.startsWith('application/x-www-form-urlencoded') ? encodeURIComponent : asIs
}
