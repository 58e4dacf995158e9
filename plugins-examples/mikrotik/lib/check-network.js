import { parsePool } from './ipv4.js'

/**
 * Health of the routers as they are set up: unhealthy where two would give out the same address or a pool is no
 * network, degraded where there is none or a pool has fewer addresses than its router has ports.
 *
 * @param {object[]} routers
 * @returns {{ status: 'healthy' | 'degraded' | 'unhealthy', message: string }}
 */
export function checkNetwork(routers) {
  if (routers.length === 0) {
    return { status: 'degraded', message: 'no router is set up' }
  }
  const pools = []
  for (const router of routers) {
    const pool = parsePool(router.ipPool)
    if (pool === null) {
      return { status: 'unhealthy', message: `${router.ipPool} of ${router.name} is no network` }
    }
    const other = pools.find((known) => known.network <= pool.broadcast && pool.network <= known.broadcast)
    if (other !== undefined) {
      return { status: 'unhealthy', message: `the pools of ${other.name} and ${router.name} overlap` }
    }
    pools.push({
      ...pool,
      name: router.name,
      ports: router.ports.length,
      reserved: router.reservedAddresses?.length ?? 0,
    })
  }
  const small = pools.find((pool) => pool.last - pool.first - pool.reserved < pool.ports)
  if (small !== undefined) {
    return { status: 'degraded', message: `${small.name} has more ports than addresses` }
  }
  const ports = pools.reduce((sum, pool) => sum + pool.ports, 0)
  return { status: 'healthy', message: `${pools.length} routers, ${ports} ports` }
}
