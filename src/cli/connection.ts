import { EXIT, CliError, usageError } from './exit.ts'
import type { Environment } from './environment.ts'
import { profileFile, readProfile, type Profile } from './profile.ts'

/** The profile where none is named. */
export const DEFAULT_PROFILE = 'default'

/**
 * Which server to ask, and with which key. A profile that is named goes over the environment, and that over the default
 * profile. A profile's key is sent to the profile's server only.
 */
export async function findConnection(environment: Environment, named: string | null): Promise<Profile> {
  const { configDirectory } = environment
  const profile = await readProfile(configDirectory, named ?? DEFAULT_PROFILE)
  if (named !== null) {
    if (profile === null) {
      const file = profileFile(configDirectory, named)
      throw usageError(
        `There is no profile ${named} (${file}): make it by patchbay login --profile ${named}.`,
      )
    }
    return profile
  }
  const url = environment.url === null ? (profile?.url ?? null) : serverUrl(environment.url, 'PATCHBAY_URL')
  if (url === null) {
    throw usageError('No server is known: use patchbay login, or set PATCHBAY_URL and PATCHBAY_TOKEN.')
  }
  const token = environment.token ?? (profile?.url === url ? profile.token : null)
  if (token === null) {
    throw new CliError(
      EXIT.noAccess,
      'UNAUTHENTICATED',
      `There is no key for ${url}: use patchbay login --url ${url}, or set PATCHBAY_TOKEN.`,
    )
  }
  return { url, token: checkedToken(token) }
}

/** A server's address in its one spelling, without the graph's path; `name` is where it was given. */
export function serverUrl(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw usageError(`${name} is the address of a server, e.g. https://patchbay.example.com.`)
  }
  url.hash = ''
  url.pathname = url.pathname.replace(/\/(graphql)?\/*$/, '')
  return url.href.replace(/\/$/, '')
}

/** A key as it may stand in a header. */
export function checkedToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw usageError(
    'The token holds characters that no key has: copy it again, without blanks and line breaks.',
  )
}
