/** Batched reads of one request; each feature that needs one adds its own. */
export type Loaders = Map<symbol, unknown>

/** The request's loader of that kind, made where it is asked for first. */
export function loaderOf<Loader>(loaders: Loaders, key: symbol, make: () => Loader): Loader {
  const known = loaders.get(key) as Loader | undefined
  if (known !== undefined) return known
  const made = make()
  loaders.set(key, made)
  return made
}
