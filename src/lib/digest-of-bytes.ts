/** SHA-256, hex, by the thread pool: 20 MiB would hold everybody up for some 50 ms. */
export async function digestOfBytes(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return Buffer.from(hash).toString('hex')
}
