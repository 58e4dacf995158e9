import { assert, double, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { keyValue } from '../../../src/features/collections/key-value.ts'

const sign = (value: number): number => Math.sign(value)
const compare = (a: string, b: string): number => sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))
const short = string({ unit: 'binary', maxLength: 100 })

test('keys of numbers sort by their bytes as the numbers do', () => {
  const number = double({ noNaN: true, noDefaultInfinity: true })
  assert(
    property(number, number, (a, b) => {
      expect(compare(keyValue(a)!, keyValue(b)!)).toBe(a === b ? 0 : sign(a > b ? 1 : -1))
    }),
  )
})

test('keys of texts sort by their bytes as the code points of the texts do, and hold no NUL', () => {
  assert(
    property(short, short, (a, b) => {
      expect(compare(keyValue(a)!, keyValue(b)!)).toBe(compare(a, b))
      expect(keyValue(a)).not.toContain('\0')
      expect(keyValue(a + b)!.startsWith(keyValue(a)!)).toBe(true)
    }),
  )
})
