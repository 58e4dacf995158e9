import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { orAborted } from '../../lib/or-aborted.ts'
import { seconds } from '../../lib/units.ts'
import { addressReach, type Reach } from './address-reach.ts'
import { EgressRefused } from './egress-refused.ts'
import type { ResolveName } from './resolve-name.ts'
import type { Target } from './target.ts'

/** How a name is looked up. */
export interface LookUp {
  resolve: ResolveName
  /** Milliseconds. */
  timeoutMs: number
  /** Configuration has opened this host: it may lie in a private network. */
  allowed: boolean
  signal: AbortSignal
}

/**
 * The addresses of a target, each of which may be connected to: one that may not refuses them all. A name that there is
 * not and one whose address is private get the same words, so that nobody learns the names of a private network.
 */
export async function checkAddresses(target: Target, lookUp: LookUp): Promise<readonly string[]> {
  const { host, literal } = target
  const { allowed } = lookUp
  if (literal) {
    if (allowed || isOpen(host, false)) return [host]
    throw new EgressRefused('ADDRESS', `"${host}" is no address on the public internet.`)
  }
  const addresses = !allowed && isPrivateName(host) ? [] : await ask(host, lookUp)
  if (addresses.length > 0 && addresses.every((address) => isOpen(address, allowed))) return addresses
  const where = allowed ? 'that can be used' : 'on the public internet'
  throw new EgressRefused('ADDRESS', `"${host}" has no address ${where}.`)
}

/** Whether one of this machine's interfaces has the address: what listens there trusts the firewall before it. */
export function isOwnAddress(address: string, interfaces = networkInterfaces()): boolean {
  const plain = ipaddr.process(address).toString()
  return Object.values(interfaces).some((all) => all?.some((own) => own.address === plain) ?? false)
}

function isOpen(address: string, allowed: boolean): boolean {
  const reach: Reach = addressReach(address)
  return allowed ? reach !== 'NONE' : reach === 'PUBLIC' && !isOwnAddress(address)
}

/**
 * Names that never are of the public internet: RFC 6762 (local), 6761 (localhost), 8375 (home.arpa), ICANN's `internal`
 * and what else private networks are known to use; and names of one label, which only a search list completes.
 */
const PRIVATE_SUFFIX =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa)$/

function isPrivateName(host: string): boolean {
  return !host.includes('.') || PRIVATE_SUFFIX.test(host)
}

async function ask(host: string, { resolve, timeoutMs, signal }: LookUp): Promise<readonly string[]> {
  const late = new AbortController()
  const timer = setTimeout(
    () =>
      late.abort(
        new EgressRefused('DNS', `"${host}" could not be looked up in ${timeoutMs / seconds(1)} s.`),
      ),
    timeoutMs,
  )
  const either = AbortSignal.any([signal, late.signal])
  try {
    return await orAborted(resolve(host, either), either)
  } catch (error) {
    if (either.aborted) throw either.reason
    throw new EgressRefused('DNS', `"${host}" could not be looked up. Try again later.`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
