import { lookup, Resolver } from 'node:dns/promises'
import { seconds } from '../../lib/units.ts'

/** All addresses of a name, of both families; none where there is no such name. Throws where nobody could say. */
export type ResolveName = (host: string, signal: AbortSignal) => Promise<readonly string[]>

/**
 * Asks the DNS, and nothing else. Not by `dns.lookup`, whose threads are few and cannot be called back: strangers'
 * names on slow name servers would hold up every other look-up of the process. Servers: the machine's where left out.
 */
export function dnsResolver(servers?: readonly string[]): ResolveName {
  return async (host, signal) => {
    const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: 2 })
    if (servers !== undefined) resolver.setServers(servers)
    const cancel = (): void => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
      return addressesIn(answers)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

/** Asks the machine, with its hosts file and search list: for the names that its operator has allowed. */
export const resolveBySystem: ResolveName = async (host) => {
  try {
    const answers = await lookup(host, { all: true })
    return answers.map(({ address }) => address)
  } catch (error) {
    if (isAbsence(error)) return []
    throw error
  }
}

const QUERY_TIMEOUT_MS = seconds(2)

/** Throws where there is no address, and not for certain. */
function addressesIn(answers: readonly PromiseSettledResult<string[]>[]): string[] {
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const failure = answers.find((answer) => answer.status === 'rejected' && !isAbsence(answer.reason))
  if (addresses.length === 0 && failure?.status === 'rejected') throw failure.reason
  return addresses
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA')
}
