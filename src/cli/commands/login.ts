import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { CliViewerDocument, type CliViewerQuery } from '../../../schema/generated/graphql.ts'
import { checkedToken, DEFAULT_PROFILE, serverUrl } from '../connection.ts'
import type { Session } from '../session.ts'
import { plain } from '../console.ts'
import { CliError, EXIT, interrupted, usageError } from '../exit.ts'
import { openGraph } from '../graph/graph.ts'
import { profileFile, writeProfile } from '../profile.ts'

/** `patchbay login`: tries a server and key, and keeps them. */
export function loginCommand(session: Session): Command {
  return new Command('login')
    .summary('keeps a server and a key for the other commands')
    .description(
      'Tries a key at a server and keeps both in a profile that only you can read (mode 0600). Without --token it asks,\n' +
        'on a terminal; a key on the command line can be seen by everybody on the machine.',
    )
    .requiredOption('--url <address>', "the server's address")
    .option('--token <key>', 'an API key with the role PUBLISHER; - reads it from standard input')
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay login --url https://patchbay.example.com
  $ patchbay login --url http://localhost:4000 --token - --profile local < key.txt`,
    )
    .action(async ({ url, token }: { url: string; token?: string }) => {
      const { environment, console } = session
      const name = session.profile ?? DEFAULT_PROFILE
      const file = profileFile(environment.configDirectory, name)
      const profile = { url: serverUrl(url, '--url'), token: checkedToken(await findToken(session, token)) }
      const viewer = await whoIs(profile)
      await writeProfile(environment.configDirectory, name, profile)
      const roles = viewer.memberships.map(
        (one) => `${one.role} ${one.organization ? `of ${one.organization.slug}` : 'on the platform'}`,
      )
      console.result({ profile: name, file, url: profile.url, ...viewer }, () => [
        `You are ${console.paint('bold', plain(viewer.name))} at ${profile.url}: ${plain(roles.join(', ') || 'no role')}.`,
        `Kept in ${plain(file)}.`,
      ])
    })
}

async function whoIs(profile: {
  url: string
  token: string
}): Promise<NonNullable<CliViewerQuery['viewer']>> {
  const graph = openGraph(profile)
  try {
    const { viewer } = await graph.request(CliViewerDocument, {})
    if (viewer !== null) return viewer
    throw new CliError(EXIT.noAccess, 'UNAUTHENTICATED', `${profile.url} does not know this key.`)
  } finally {
    await graph.close()
  }
}

async function findToken({ console, environment }: Session, given: string | undefined): Promise<string> {
  if (given === '-') return (await text(process.stdin)).trim()
  if (given !== undefined) return given
  if (environment.token !== null) return environment.token
  if (!console.canAsk) {
    throw usageError('Which key? Give --token - and the key on standard input, or set PATCHBAY_TOKEN.')
  }
  return await askToken()
}

/** What is typed is not shown. */
async function askToken(): Promise<string> {
  process.stderr.write('API key (it is not shown): ')
  const asking = createInterface({ input: process.stdin, terminal: true })
  const stop = new AbortController()
  asking.once('SIGINT', () => stop.abort())
  asking.once('close', () => stop.abort())
  try {
    return (await asking.question('', { signal: stop.signal })).trim()
  } catch (error) {
    throw interrupted('Nothing was kept.', { cause: error })
  } finally {
    asking.close()
    process.stderr.write('\n')
  }
}
