import { expect, test } from 'vitest'
import { FrameDecoder, FrameError, encodeFrame } from '../../src/runtime/frames.ts'
import { MAX_FRAME_BYTES, MAX_JSON_BYTES } from '../../src/runtime/limits.ts'

const bodies = [
  '',
  'x',
  'é'.repeat(300),
  'y'.repeat(70_000),
  'z'.repeat(MAX_JSON_BYTES),
  'ü'.repeat(40_000),
  '',
]
const frames = bodies.map((body, n) => ({ head: JSON.stringify({ n }), body }))
const stream = Buffer.concat(frames.map(({ head, body }) => encodeFrame(JSON.parse(head) as object, body)))

test.each([1_000_003, 65_536, 65_537, 4_099, 13])('frames come whole, in pieces of %i bytes', (size) => {
  const decoder = new FrameDecoder()
  const decoded = []
  for (let at = 0; at < stream.length; at += size)
    decoded.push(...decoder.push(stream.subarray(at, at + size)))
  expect(decoded).toEqual(frames)
})

test('two streams whose large frames come in turns do not mix', () => {
  const decoders = [new FrameDecoder(), new FrameDecoder()]
  const decoded = decoders.map(() => [] as object[])
  const others = Buffer.concat(
    frames.map(({ head }) => encodeFrame(JSON.parse(head) as object, 'o'.repeat(900_000))),
  )
  for (let at = 0; at < others.length; at += 50_000) {
    decoded[0]!.push(...decoders[0]!.push(stream.subarray(at, at + 50_000)))
    decoded[1]!.push(...decoders[1]!.push(others.subarray(at, at + 50_000)))
  }
  expect(decoded[0]).toEqual(frames)
  expect(decoded[1]).toEqual(frames.map(({ head }) => ({ head, body: 'o'.repeat(900_000) })))
})

test('lengths that no frame has end it, before anything is held', () => {
  const header = (end: number, head: number): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32BE(end, 0)
    bytes.writeUInt32BE(head, 4)
    return bytes
  }
  for (const hostile of [
    header(MAX_FRAME_BYTES, 0),
    header(0xffffffff, 2),
    header(100, 0xffffffff),
    header(100, 98),
  ])
    expect(() => new FrameDecoder().push(hostile)).toThrow(FrameError)
})
