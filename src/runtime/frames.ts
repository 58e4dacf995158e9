import { MAX_FRAME_BYTES, MAX_HEAD_BYTES } from './limits.ts'

/** What travels on a pipe: a JSON head, and a text that is not quoted into it. */
export interface Frame {
  head: string
  body: string
}

/** The other side does not keep to the format; nothing after this can be read. */
export class FrameError extends Error {}

/** Bytes of the two lengths before each frame: of what follows the first, and of the head; both big-endian. */
const HEADER = 8

/** The bytes of a frame. */
export function encodeFrame(head: object, body = ''): Buffer {
  const headBytes = Buffer.from(JSON.stringify(head))
  const bodyBytes = Buffer.byteLength(body)
  const frame = Buffer.allocUnsafe(HEADER + headBytes.length + bodyBytes)
  frame.writeUInt32BE(4 + headBytes.length + bodyBytes, 0)
  frame.writeUInt32BE(headBytes.length, 4)
  headBytes.copy(frame, HEADER)
  frame.write(body, HEADER + headBytes.length)
  return frame
}

/** Cuts a hostile stream into frames, and never holds more than one of the greatest size. */
export class FrameDecoder {
  #chunks: Buffer[] = []
  #bytes = 0

  /**
   * Gives the frames that are complete now.
   *
   * @throws {FrameError} at lengths that are out of bounds
   */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes >= HEADER) {
      const start = this.#chunks[0]!.length >= HEADER ? this.#chunks[0]! : this.#join()
      const end = 4 + start.readUInt32BE(0)
      const bodyAt = HEADER + start.readUInt32BE(4)
      if (end > MAX_FRAME_BYTES || bodyAt > HEADER + MAX_HEAD_BYTES || bodyAt > end) {
        throw new FrameError('A frame of impossible length.')
      }
      if (this.#bytes < end) break
      const joined = this.#join()
      frames.push({
        head: joined.toString('utf8', HEADER, bodyAt),
        body: joined.toString('utf8', bodyAt, end),
      })
      this.#chunks = [joined.subarray(end)]
      this.#bytes -= end
    }
    return frames
  }

  #join(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
  }
}
