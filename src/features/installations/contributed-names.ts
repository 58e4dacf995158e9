/** What only one plugin at a site may add, by kind; routes lie below their plugin's own name. */
export interface Exclusive {
  modules: readonly string[]
  views: readonly string[]
  themes: readonly string[]
  hooks: readonly string[]
}

/** The same in words, which are equal where two plugins collide. */
export function contributedNames({ modules, views, themes, hooks }: Exclusive): string[] {
  return [
    ...modules.map((key) => `module "${key}"`),
    ...views.map((path) => `view "${path}"`),
    ...themes.map((key) => `theme "${key}"`),
    ...hooks.map((name) => `extension point "${name}"`),
  ]
}
