const PLUGINS = 2_000
const VERSIONS = 20
const MAX_DEPENDENCIES = 8

export interface DrawnVersion {
  slug: string
  version: string
  needs: { slug: string; range: string }[]
}

/**
 * 2,000 plugins of 20 versions (four majors), each with none to eight dependencies on plugins before it; always the same.
 * Most that is needed are a few well-known plugins, which themselves need little, as in real registries.
 */
export function drawRegistry(): DrawnVersion[] {
  const random = generator(7)
  const all: DrawnVersion[] = []
  for (let plugin = 0; plugin < PLUGINS; plugin += 1) {
    const usual = drawTargets(random, plugin)
    for (let at = 0; at < VERSIONS; at += 1) {
      // From version to version one of the dependencies is another.
      if (usual.length > 0 && random() < 0.2) {
        usual[Math.floor(random() * usual.length)] = drawTarget(random, plugin)
      }
      const needs = [...new Set(usual)].map((target) => ({
        slug: nameOf(target),
        range: drawRange(random, Math.floor(at / 5) + 1),
      }))
      all.push({ slug: nameOf(plugin), version: `${Math.floor(at / 5) + 1}.${at % 5}.0`, needs })
    }
  }
  return all
}

function drawTargets(random: () => number, plugin: number): number[] {
  const count = plugin === 0 ? 0 : Math.floor(random() * (MAX_DEPENDENCIES + 1))
  return Array.from({ length: count }, () => drawTarget(random, plugin))
}

function drawTarget(random: () => number, plugin: number): number {
  return Math.floor(plugin * random() ** 4)
}

/** Mostly the major of the time; sometimes any that is newer, a minor, or an older major. */
function drawRange(random: () => number, major: number): string {
  const kind = random()
  if (kind < 0.55) return `>=${major}.0.0`
  if (kind < 0.8) return `^${Math.max(1, major - (random() < 0.3 ? 1 : 0))}.${Math.floor(random() * 3)}.0`
  return kind < 0.9 ? '*' : `>=${major}.1.0 <${major + 2}`
}

function nameOf(plugin: number): string {
  return `plugin-${String(plugin).padStart(4, '0')}`
}

/** A linear congruential generator (Numerical Recipes): drawn by this, all runs have the same registry. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}
