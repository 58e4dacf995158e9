/**
 * Gives the memory of bytes back at once, which must belong to nobody else and are empty afterwards. Left to the garbage
 * collector, checking an archive of 95 MiB takes 60 MiB, and so 10.
 */
export function release(bytes: Buffer): void {
  const { buffer } = bytes
  // Small buffers are parts of Node's pool.
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0)
}
