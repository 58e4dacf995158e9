/**
 * An IPv4 address as a number.
 *
 * @param {string} text such as `10.20.0.1`
 * @returns {number | null} null where it is none
 */
export function parseAddress(text) {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return null
  }
  return parts.reduce((address, part) => address * 256 + Number(part), 0)
}

/**
 * @param {number} address
 * @returns {string}
 */
export function formatAddress(address) {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
}

/**
 * A network: `first` is its gateway, `last` its last address before the broadcast address.
 *
 * @param {string} text such as `10.20.0.0/28`
 * @returns {{ network: number, first: number, last: number, broadcast: number, bits: number } | null} null where it is
 *   none, or where the address is not the network's own (`10.20.0.5/28`), which is nearly always a slip
 */
export function parsePool(text) {
  const [address, prefix] = text.split('/')
  const network = parseAddress(address)
  const bits = Number(prefix)
  if (network === null || !Number.isInteger(bits) || bits < 16 || bits > 30) {
    return null
  }
  const size = 2 ** (32 - bits)
  if (network % size !== 0) {
    return null
  }
  return { network, first: network + 1, last: network + size - 2, broadcast: network + size - 1, bits }
}
