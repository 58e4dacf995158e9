import { KiB } from '../lib/units.ts'
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

/** Where large frames are put together, one after the other: a buffer for each of them would be a megabyte of garbage a call. */
let spare: Buffer | undefined
const LARGE_BYTES = 64 * KiB

/** Cuts a hostile stream into frames, and never holds more than one of the greatest size. */
export class FrameDecoder {
  /** What has come of a frame whose length is not known yet. */
  #rest: Buffer = Buffer.alloc(0)
  /** What has come of a frame that is not complete. */
  #begun: { bytes: Buffer; filled: number; end: number } | undefined

  /**
   * Gives the frames that are complete now.
   *
   * @throws {FrameError} at lengths that are out of bounds
   */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    let left = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = left.subarray(0, 0)
    while (left.length > 0) {
      if (this.#begun !== undefined) {
        const { bytes, filled, end } = this.#begun
        const taken = left.copy(bytes, filled, 0, end - filled)
        left = left.subarray(taken)
        this.#begun.filled += taken
        if (this.#begun.filled < end) break
        this.#begun = undefined
        frames.push(frameOf(bytes, end))
        if (bytes.length > LARGE_BYTES) spare = bytes
      } else if (left.length < HEADER) {
        this.#rest = left
        break
      } else {
        const end = lengthOf(left)
        if (left.length >= end) {
          frames.push(frameOf(left, end))
          left = left.subarray(end)
        } else this.#begun = { bytes: roomFor(end), filled: 0, end }
      }
    }
    return frames
  }
}

function lengthOf(start: Buffer): number {
  const end = 4 + start.readUInt32BE(0)
  const bodyAt = HEADER + start.readUInt32BE(4)
  if (end > MAX_FRAME_BYTES || bodyAt > HEADER + MAX_HEAD_BYTES || bodyAt > end) {
    throw new FrameError('A frame of impossible length.')
  }
  return end
}

function frameOf(bytes: Buffer, end: number): Frame {
  const bodyAt = HEADER + bytes.readUInt32BE(4)
  return { head: bytes.toString('utf8', HEADER, bodyAt), body: bytes.toString('utf8', bodyAt, end) }
}

function roomFor(end: number): Buffer {
  if (end <= LARGE_BYTES) return Buffer.allocUnsafe(end)
  const room = spare ?? Buffer.allocUnsafeSlow(MAX_FRAME_BYTES)
  spare = undefined
  return room
}
