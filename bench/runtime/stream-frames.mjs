import { Socket } from 'node:net'

/** Bytes of the two lengths before each frame: of the whole, and of its JSON head. */
const HEADER = 8

/**
 * The runner's frames by Node's own streams, as a child that is written in the ordinary way has them.
 *
 * @param {(head: any, body: string) => void} onFrame
 * @param {() => void} onEnd called when the parent is gone
 * @returns {(head: object, body?: string) => void} writes a frame
 */
export function openFrames(onFrame, onEnd) {
  const output = new Socket({ fd: 1, readable: false, writable: true })
  const input = new Socket({ fd: 0, readable: true, writable: false })
  let buffered = Buffer.alloc(0)
  input.on('data', (chunk) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
    while (buffered.length >= 4) {
      const end = 4 + buffered.readUInt32BE(0)
      if (buffered.length < end) return
      const bodyAt = HEADER + buffered.readUInt32BE(4)
      const head = JSON.parse(buffered.toString('utf8', HEADER, bodyAt))
      const body = buffered.toString('utf8', bodyAt, end)
      buffered = buffered.subarray(end)
      onFrame(head, body)
    }
  })
  for (const stream of [input, output]) stream.on('error', onEnd).on('close', onEnd)
  input.on('end', onEnd)
  return (head, body = '') => {
    const headBytes = Buffer.from(JSON.stringify(head))
    const bodyLength = Buffer.byteLength(body)
    const frame = Buffer.allocUnsafe(HEADER + headBytes.length + bodyLength)
    frame.writeUInt32BE(4 + headBytes.length + bodyLength, 0)
    frame.writeUInt32BE(headBytes.length, 4)
    headBytes.copy(frame, HEADER)
    frame.write(body, HEADER + headBytes.length)
    output.write(frame)
  }
}
