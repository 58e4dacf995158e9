import { formatAddress, parseAddress, parsePool } from './ipv4.js'
import { refusal } from './refusal.js'

/**
 * Port and address for a service: the first free ones in the order of the settings, so that the same question has the
 * same answer. A service that already holds an allocation on this router keeps it, which makes a repeat harmless.
 *
 * @param {object} router of the settings
 * @param {{ id: string, port: string | null, allocations: object[] }} service
 * @returns {{ port: string, address: string, gateway: string, bits: number }}
 * @throws {PluginError} INVALID_POOL, PORT_UNKNOWN, PORT_TAKEN, NO_PORT, NO_ADDRESS
 */
export function allocate(router, service) {
  const pool = parsePool(router.ipPool)
  if (pool === null) {
    throw refusal('INVALID_POOL', `The pool ${router.ipPool} of ${router.name} is no network.`)
  }
  const here = service.allocations.filter((allocation) => allocation.router === router.name)
  const own = here.find((allocation) => allocation.service === service.id)
  const gateway = formatAddress(pool.first)
  if (own !== undefined) {
    return { port: own.port, address: own.address.split('/')[0], gateway, bits: pool.bits }
  }
  return {
    port: freePort(router, service.port, new Set(here.map((allocation) => allocation.port))),
    address: freeAddress(router, pool, here),
    gateway,
    bits: pool.bits,
  }
}

function freePort(router, wanted, taken) {
  if (wanted !== null && !router.ports.includes(wanted)) {
    throw refusal('PORT_UNKNOWN', `${router.name} has no customer port ${wanted}.`, { ports: router.ports })
  }
  if (wanted !== null && taken.has(wanted)) {
    throw refusal('PORT_TAKEN', `Port ${wanted} of ${router.name} is in use.`)
  }
  const port = wanted ?? router.ports.find((candidate) => !taken.has(candidate))
  if (port === undefined) {
    throw refusal('NO_PORT', `Every customer port of ${router.name} is in use.`, {
      router: router.name,
      ports: router.ports.length,
    })
  }
  return port
}

function freeAddress(router, pool, here) {
  const taken = new Set(
    [...(router.reservedAddresses ?? []), ...here.map((allocation) => allocation.address.split('/')[0])].map(
      parseAddress,
    ),
  )
  for (let address = pool.first + 1; address <= pool.last; address += 1) {
    if (!taken.has(address)) {
      return formatAddress(address)
    }
  }
  throw refusal('NO_ADDRESS', `No address of ${router.ipPool} is free at ${router.name}.`, {
    ipPool: router.ipPool,
  })
}
