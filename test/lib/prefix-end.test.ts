import { expect, test } from 'vitest'
import { prefixEnd } from '../../src/lib/prefix-end.ts'

test.each([
  ['', null],
  ['a', 'b'],
  ['a/', 'a0'],
  ['\ud7ff', '\ue000'],
  ['\uffff', '\u{10000}'],
  ['a\u{10ffff}', 'b'],
  ['\u{10ffff}\u{10ffff}', null],
])('all that begins with %j ends before %j', (prefix, end) => {
  expect(prefixEnd(prefix)).toBe(end)
})
