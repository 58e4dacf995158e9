import { Command } from 'commander'
import {
  CliKeysDocument,
  CliOrganizationDocument,
  CliRegisterKeyDocument,
  CliRevokeKeyDocument,
  type CliKeyFragment,
} from '../../../schema/generated/graphql.ts'
import { KiB } from '../../lib/units.ts'
import { parsePublicKey } from '../../platform/signatures.ts'
import { plain } from '../console.ts'
import { CliError, EXIT, usageError } from '../exit.ts'
import { readNamed } from '../files.ts'
import type { Graph } from '../graph/graph.ts'
import type { Session } from '../session.ts'

/** `patchbay keys`: which keys a server takes signatures by. */
export function keysCommand(session: Session): Command {
  return new Command('keys')
    .summary('makes public keys known to the server, lists and revokes them')
    .description('The public keys by which a server takes signatures of your packages.')
    .addCommand(registerCommand(session))
    .addCommand(listCommand(session))
    .addCommand(revokeCommand(session))
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay keys register publisher.pub.pem --name "Build server"
  $ patchbay keys list
  $ patchbay keys revoke 1f3a9c02b47de861 --reason "The laptop was stolen"`,
    )
}

const ORGANIZATION = "whose publishers sign with it; without it the platform's"

function registerCommand(session: Session): Command {
  return new Command('register')
    .description('Makes a public key known to the server.')
    .argument('<file>', 'the public key that patchbay keygen made (.pub.pem)')
    .requiredOption('--name <text>', 'what people recognise the key by')
    .option('--organization <slug>', ORGANIZATION)
    .action(async (file: string, { name, organization }: { name: string; organization?: string }) => {
      const publicKey = (await readNamed(file, MAX_KEY_BYTES)).toString('utf8').trim()
      if (publicKey.includes('PRIVATE KEY')) {
        throw usageError(`${file} is the private key, which must not leave your machine: give the .pub.pem.`)
      }
      if (parsePublicKey(publicKey) === null) {
        throw usageError(`${file} is no Ed25519 public key: give the .pub.pem that patchbay keygen made.`)
      }
      const graph = await session.graph()
      const scope = await organizationOf(graph, organization)
      const { registerPublisherKey: answer } = await graph.request(CliRegisterKeyDocument, {
        input: { name, publicKey, ...scope },
      })
      tell(session, keyOf(graph, answer))
    })
}

function listCommand(session: Session): Command {
  return new Command('list')
    .description('Lists the keys, those of everybody for whom you publish.')
    .option('--organization <slug>', 'only those of this organization')
    .action(async ({ organization }: { organization?: string }) => {
      const graph = await session.graph()
      const keys = await allKeys(graph, await organizationOf(graph, organization))
      session.console.result(keys, () =>
        keys.length === 0 ? ['There are no keys: patchbay keygen makes one.'] : keys.map(keyLine),
      )
    })
}

function revokeCommand(session: Session): Command {
  return new Command('revoke')
    .description('Takes a key out of use for good: packages that it signed are told as KEY_REVOKED.')
    .argument('<key id>', 'its 16 hex digits, as patchbay keys list shows them')
    .requiredOption('--reason <text>', 'why')
    .option('--organization <slug>', 'whose key it is, where several have it')
    .action(async (keyId: string, { reason, organization }: { reason: string; organization?: string }) => {
      const graph = await session.graph()
      const keys = await allKeys(graph, await organizationOf(graph, organization))
      const found = keys.filter((key) => key.keyId === keyId.toLowerCase())
      if (found.length !== 1) throw notOne(graph, keyId, found)
      const { revokePublisherKey: answer } = await graph.request(CliRevokeKeyDocument, {
        input: { publisherKeyId: found[0]!.id, reason },
      })
      tell(session, keyOf(graph, answer))
    })
}

/** A PEM of Ed25519 has 113 bytes. */
const MAX_KEY_BYTES = 16 * KiB
const PAGE = 100

async function organizationOf(graph: Graph, slug: string | undefined): Promise<{ organizationId?: string }> {
  if (slug === undefined) return {}
  const { organization } = await graph.request(CliOrganizationDocument, { slug })
  if (organization !== null) return { organizationId: organization.id }
  const message = `${graph.url} has no organization ${JSON.stringify(plain(slug))} that you may see: correct --organization.`
  throw new CliError(EXIT.refused, 'NOT_FOUND', message)
}

async function allKeys(graph: Graph, scope: { organizationId?: string }): Promise<CliKeyFragment[]> {
  const keys: CliKeyFragment[] = []
  let after: string | null = null
  do {
    const page: { after?: string } = after === null ? {} : { after }
    const { publisherKeys } = await graph.request(CliKeysDocument, { first: PAGE, ...page, ...scope })
    keys.push(...publisherKeys.nodes)
    after = publisherKeys.pageInfo.hasNextPage ? publisherKeys.pageInfo.endCursor : null
  } while (after !== null)
  return keys
}

function keyOf(
  graph: Graph,
  {
    publisherKey,
    userErrors: [error],
  }: { publisherKey: CliKeyFragment | null; userErrors: readonly { code: string; message: string }[] },
): CliKeyFragment {
  if (publisherKey !== null && error === undefined) return publisherKey
  const message = `${graph.url} refuses: ${plain(error?.message ?? 'no reason was given.')}`
  throw new CliError(EXIT.refused, error?.code ?? 'UNKNOWN', message)
}

function notOne(graph: Graph, keyId: string, found: readonly CliKeyFragment[]): CliError {
  if (found.length > 1) return usageError(`Several have the key ${plain(keyId)}: name one by --organization.`)
  const message = `${graph.url} has no key ${plain(keyId)} of yours: patchbay keys list shows them.`
  return new CliError(EXIT.refused, 'NOT_FOUND', message)
}

function tell({ console }: Session, key: CliKeyFragment): void {
  console.result(key, () => [keyLine(key)])
}

function keyLine({ keyId, name, organization, createdAt, revokedAt, revokeReason }: CliKeyFragment): string {
  const state = revokedAt === null ? 'in force' : `revoked ${revokedAt}: ${revokeReason ?? ''}`
  const owner = organization ? `of ${organization.slug}` : "the platform's"
  return `${keyId}  ${plain(name)}  ${plain(owner)}  since ${createdAt}  ${plain(state)}`
}
