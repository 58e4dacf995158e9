import { writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** Bytes of the two lengths before each frame: of the whole, and of its JSON head. */
const HEADER = 8

/** Bytes that are read at once, and of the buffer that frames are written from. */
const AT_ONCE = 64 * 1024

/**
 * The pipes to the parent. A frame is `u32 length, u32 headLength, head (JSON), body (text)`, both lengths big-endian
 * and without the first one itself; the body spares large JSON text from being quoted again.
 *
 * Both pipes do without Node's streams, which took half of this process's time: what is read lands in one buffer, and
 * what is written has left when the function returns. So a frame never waits for whatever the guest does next, and a
 * parent that does not read holds this process up instead of filling its memory.
 *
 * @param {(head: any, body: string) => void} onFrame
 * @param {() => void} onEnd called when the parent is gone
 * @returns {(head: object, body?: string) => void} writes a frame
 */
export function openFrames(onFrame, onEnd) {
  const read = frameReader(onFrame)
  const onread = { buffer: Buffer.allocUnsafeSlow(AT_ONCE), callback: read }
  const input = new Socket({ fd: 0, readable: true, writable: false, onread })
  input.on('error', onEnd).on('close', onEnd).on('end', onEnd).resume()
  const kept = Buffer.allocUnsafeSlow(AT_ONCE)
  return (head, body = '') => {
    const text = JSON.stringify(head)
    // No character takes more than three bytes.
    const most = HEADER + 3 * (text.length + body.length)
    const frame = most <= AT_ONCE ? kept : Buffer.allocUnsafe(most)
    const bodyAt = HEADER + frame.write(text, HEADER)
    const end = body === '' ? bodyAt : bodyAt + frame.write(body, bodyAt)
    frame.writeUInt32BE(end - 4, 0)
    frame.writeUInt32BE(bodyAt - HEADER, 4)
    try {
      for (let from = 0; from < end;) from += writeSync(1, frame, from, end - from)
    } catch {
      onEnd()
    }
  }
}

/** Takes the first bytes of a buffer that is used again, and cuts frames from them. */
function frameReader(onFrame) {
  /** @type {Buffer[]} of a frame that is not whole yet */
  let held = []
  let heldBytes = 0
  let wanted = HEADER
  return (length, buffer) => {
    let chunk = buffer
    let end = length
    if (heldBytes > 0) {
      held.push(Buffer.from(buffer.subarray(0, length)))
      heldBytes += length
      if (heldBytes < wanted) return true
      chunk = Buffer.concat(held)
      end = heldBytes
      held = []
      heldBytes = 0
    }
    let from = 0
    for (;;) {
      wanted = HEADER
      if (end - from < wanted) break
      wanted = 4 + chunk.readUInt32BE(from)
      if (end - from < wanted) break
      const headAt = from + HEADER
      const bodyAt = headAt + chunk.readUInt32BE(from + 4)
      from += wanted
      onFrame(JSON.parse(chunk.toString('utf8', headAt, bodyAt)), chunk.toString('utf8', bodyAt, from))
    }
    if (from < end) {
      held.push(Buffer.from(chunk.subarray(from, end)))
      heldBytes = end - from
    }
    return true
  }
}
