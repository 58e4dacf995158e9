import { RequestError } from '../lib/errors.ts'
import { isUuid } from '../lib/ids.ts'

/** The types that have global ids. */
const NODE_TYPES = [
  'Organization',
  'Site',
  'User',
  'ApiKey',
  'Registry',
  'Plugin',
  'Package',
  'Review',
  'Submission',
  'PublisherKey',
  'Rating',
  'AuditEntry',
  'Installation',
  'OrganizationPluginConfig',
  'SettingsRevision',
  'License',
  'Deployment',
  'DeploymentTarget',
  'Invocation',
  'Event',
  'Webhook',
  'WebhookDelivery',
  'EventDelivery',
] as const

export type NodeType = (typeof NODE_TYPES)[number]

/** BAD_USER_INPUT where an id names a type that there is not. */
export function checkNodeType(typename: string): void {
  if (NODE_TYPES.some((type) => type === typename)) return
  throw new RequestError('BAD_USER_INPUT', `There are no ids of a type ${shortened(typename)}.`)
}

/** base64 of `Type:uuid`. */
export function encodeGlobalId(typename: string, id: string): string {
  return Buffer.from(`${typename}:${id}`).toString('base64')
}

/** Both parts; BAD_USER_INPUT where the text is no id of ours. */
export function decodeGlobalId(globalId: string): { typename: string; id: string } {
  const text = Buffer.from(globalId, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const typename = text.slice(0, colon)
  const id = text.slice(colon + 1)
  if (
    colon < 1 ||
    !/^[A-Za-z]+$/.test(typename) ||
    !isUuid(id) ||
    encodeGlobalId(typename, id) !== globalId
  ) {
    throw new RequestError('BAD_USER_INPUT', `"${shortened(globalId)}" is not an id of this service.`)
  }
  return { typename, id }
}

/** The id of an object of that type; BAD_USER_INPUT where it is malformed or names another type. */
export function idOf(typename: NodeType, globalId: string): string {
  const decoded = decodeGlobalId(globalId)
  if (decoded.typename === typename) return decoded.id
  throw new RequestError(
    'BAD_USER_INPUT',
    `This is the id of a ${decoded.typename}; the id of a ${typename} is needed.`,
  )
}

/** The same for an argument that may be left out. */
export function optionalIdOf(typename: NodeType, globalId: string | null | undefined): string | undefined {
  return globalId === null || globalId === undefined ? undefined : idOf(typename, globalId)
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
