import * as fc from 'fast-check'

/** Records with one or two of these keys: with more of them, the first fault hides all others. */
export function fewOf<T extends object>(arbitraries: {
  [Key in keyof T]-?: fc.Arbitrary<Exclude<T[Key], undefined>>
}): fc.Arbitrary<Partial<T>> {
  const keys = Object.keys(arbitraries) as (keyof T)[]
  return fc
    .subarray(keys, { minLength: 1, maxLength: 2 })
    .chain((some) => fc.tuple(...some.map((key) => arbitraries[key].map((value) => [key, value] as const))))
    .map((pairs) => Object.fromEntries(pairs) as Partial<T>)
}
