import type { PluginResult } from './plugin-call.ts'

/** Installations that are remembered; an attacker with more of them has the oldest forgotten, which costs some milliseconds. */
const MAX_KEPT = 1000

/** Installations whose last call ran out of its time or memory: the next one probably does so, too. */
export class Suspects {
  #installations = new Set<string>()

  has(installation: string): boolean {
    return this.#installations.has(installation)
  }

  note(installation: string, { outcome, carriedAlong }: PluginResult): void {
    if (outcome === 'TIMEOUT' || outcome === 'OUT_OF_MEMORY') {
      this.#installations.add(installation)
      const [oldest] = this.#installations
      if (this.#installations.size > MAX_KEPT && oldest !== undefined) this.#installations.delete(oldest)
    } else if (carriedAlong === undefined) this.#installations.delete(installation)
  }
}
