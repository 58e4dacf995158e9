/** Every value that stood in the list before, with the place where it stands again. */
export function repeated(values: readonly string[]): { value: string; index: number }[] {
  const seen = new Set<string>()
  return values.flatMap((value, index) => {
    if (seen.has(value)) return [{ value, index }]
    seen.add(value)
    return []
  })
}
