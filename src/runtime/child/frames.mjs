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
 * parent that does not read holds this process up instead of filling its memory. Heads of frames that go out are ASCII.
 *
 * @param {(head: any, body: string) => void} onFrame
 * @param {() => void} onEnd called when the parent is gone
 * @returns {(head: object, body?: string) => void} writes a frame
 */
export function openFrames(onFrame, onEnd) {
  const buffer = Buffer.allocUnsafeSlow(AT_ONCE)
  const onread = { buffer, callback: frameReader(buffer, onFrame) }
  const input = new Socket({ fd: 0, readable: true, writable: false, onread })
  input.on('error', onEnd).on('close', onEnd).on('end', onEnd).resume()
  const kept = Buffer.allocUnsafeSlow(AT_ONCE)
  const keptLengths = lengthsOf(kept)
  return (head, body = '') => {
    const text = JSON.stringify(head)
    // No character takes more than three bytes.
    const most = HEADER + 3 * (text.length + body.length)
    const frame = most <= AT_ONCE ? kept : Buffer.allocUnsafe(most)
    const lengths = frame === kept ? keptLengths : lengthsOf(frame)
    const end = HEADER + frame.write(text + body, HEADER)
    lengths.setUint32(0, end - 4)
    lengths.setUint32(4, text.length)
    try {
      for (let from = 0; from < end;) from += writeSync(1, frame, from, end - from)
    } catch {
      onEnd()
    }
  }
}

/** Reads and writes numbers of a buffer, big-endian; without a compiler its own methods for that take thrice as long. */
function lengthsOf({ buffer, byteOffset, byteLength }) {
  return new DataView(buffer, byteOffset, byteLength)
}

/**
 * Takes the first bytes of the buffer, which is used again, and cuts frames from them.
 *
 * @param {Buffer} buffer
 */
function frameReader(buffer, onFrame) {
  const bufferLengths = lengthsOf(buffer)
  /** @type {Buffer[]} of a frame that is not whole yet */
  let held = []
  let heldBytes = 0
  let wanted = HEADER
  return (length) => {
    let chunk = buffer
    let lengths = bufferLengths
    let end = length
    if (heldBytes > 0) {
      held.push(Buffer.from(buffer.subarray(0, length)))
      heldBytes += length
      if (heldBytes < wanted) return true
      chunk = Buffer.concat(held)
      lengths = lengthsOf(chunk)
      end = heldBytes
      held = []
      heldBytes = 0
    }
    let from = 0
    for (;;) {
      wanted = HEADER
      if (end - from < wanted) break
      wanted = 4 + lengths.getUint32(from)
      if (end - from < wanted) break
      const headAt = from + HEADER
      const bodyAt = headAt + lengths.getUint32(from + 4)
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
