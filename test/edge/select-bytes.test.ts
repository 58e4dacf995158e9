import { expect, test } from 'vitest'
import { selectBytes } from '../../src/edge/select-bytes.ts'

const FILE = { etag: '"abc"', size: 10 }
const WHOLE = { status: 200, start: 0, end: 10 }

test.each([
  ['bytes=0-3', { status: 206, start: 0, end: 4 }],
  ['bytes=0-0', { status: 206, start: 0, end: 1 }],
  ['bytes=9-', { status: 206, start: 9, end: 10 }],
  ['bytes=0-', { status: 206, start: 0, end: 10 }],
  ['bytes=4-999', { status: 206, start: 4, end: 10 }],
  [`bytes=4-${'9'.repeat(400)}`, { status: 206, start: 4, end: 10 }],
  ['bytes=-3', { status: 206, start: 7, end: 10 }],
  ['bytes=-999', { status: 206, start: 0, end: 10 }],
  ['Bytes= 1-2 ', { status: 206, start: 1, end: 3 }],
  ['bytes=10-', { status: 416 }],
  ['bytes=10-12', { status: 416 }],
  [`bytes=${'9'.repeat(400)}-`, { status: 416 }],
  ['bytes=-0', { status: 416 }],
  ['bytes=0-1,3-4', WHOLE],
  ['bytes=0-1, bytes=3-4', WHOLE],
  ['bytes=3-1', WHOLE],
  ['bytes=-', WHOLE],
  ['bytes=', WHOLE],
  ['bytes=a-b', WHOLE],
  ['bytes=1.5-3', WHOLE],
  ['bytes=--3', WHOLE],
  ['items=0-3', WHOLE],
  ['', WHOLE],
])('Range: %s', (range, selection) => {
  expect(selectBytes('GET', { range }, FILE)).toEqual(selection)
})

test('a HEAD has no range', () => {
  expect(selectBytes('HEAD', { range: 'bytes=0-3' }, FILE)).toEqual(WHOLE)
})

test.each([
  ['"abc"', 206],
  ['W/"abc"', 200],
  ['"other"', 200],
  ['abc', 200],
  ['Sat, 21 Nov 2026 09:00:00 GMT', 200],
])('If-Range: %s', (ifRange, status) => {
  const headers = { range: 'bytes=0-3', 'if-range': ifRange }
  expect(selectBytes('GET', headers, FILE)).toMatchObject({ status })
})

test.each([
  ['"abc"', 304],
  ['W/"abc"', 304],
  ['*', 304],
  ['"x", W/"y,z" , W/"abc"', 304],
  ['"x","abc"', 304],
  ['"x"', 200],
  ['"ABC"', 200],
  ['abc', 200],
  ['"x*"', 200],
  ['', 200],
])('If-None-Match: %s', (ifNoneMatch, status) => {
  const headers = { 'if-none-match': ifNoneMatch }
  expect(selectBytes('GET', headers, FILE)).toMatchObject({ status })
  expect(selectBytes('HEAD', headers, FILE)).toMatchObject({ status })
})

test('what the client has already is not answered in parts', () => {
  const headers = { 'if-none-match': '"abc"', range: 'bytes=99-' }
  expect(selectBytes('GET', headers, FILE)).toEqual({ status: 304 })
})
