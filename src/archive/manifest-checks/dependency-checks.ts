import { subset, validRange } from 'semver'
import type { Manifest } from '../manifest.ts'
import { quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'

const RANGE_KEYS = ['dependencies', 'optionalDependencies', 'conflicts'] as const

/** What the plugin says about other plugins. Whether they exist and fit is for the resolver to find out. */
export const dependencyChecks = [
  manifestCheck({
    name: 'manifest.dependencies.range',
    category: 'DEPENDENCIES',
    needs: RANGE_KEYS,
    *run(manifest) {
      for (const { key, other, range } of ranges(manifest)) {
        if (validRange(range) !== null) continue
        const message = `${quote(range)} for ${quote(other)} is no SemVer range. Write it like "^2.0.0".`
        yield { message, at: [key, other] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.dependencies.self',
    category: 'DEPENDENCIES',
    needs: ['id', ...RANGE_KEYS],
    *run(manifest) {
      for (const { key, other } of ranges(manifest)) {
        if (other !== manifest.id) continue
        yield { message: `The plugin names itself in "${key}". Remove it there.`, at: [key, other] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.dependencies.contradiction',
    category: 'DEPENDENCIES',
    needs: RANGE_KEYS,
    *run({ dependencies, optionalDependencies }) {
      for (const other of Object.keys(dependencies)) {
        if (Object.hasOwn(optionalDependencies, other)) {
          const message = `${quote(other)} is a dependency and an optional one. Decide for one.`
          yield { message, at: ['optionalDependencies', other] }
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.conflicts.contradiction',
    category: 'DEPENDENCIES',
    needs: RANGE_KEYS,
    *run({ dependencies, optionalDependencies, conflicts }) {
      for (const [other, refused] of Object.entries(conflicts)) {
        const needed = dependencies[other] ?? optionalDependencies[other]
        // A conflict with other versions than those needed is sound: {"a": "^2"} and {"a": "<2"}.
        if (needed === undefined || !isWithin(needed, refused)) continue
        const message = `Every version of ${quote(other)} that is asked for (${quote(needed)}) is also refused (${quote(refused)}). Change one of the ranges.`
        yield { message, at: ['conflicts', other] }
      }
    },
  }),
]

/** Whether all versions in one range are in the other too; what is no range is told elsewhere. */
function isWithin(range: string, other: string): boolean {
  return validRange(range) !== null && validRange(other) !== null && subset(range, other)
}

function ranges(
  manifest: Pick<Manifest, (typeof RANGE_KEYS)[number]>,
): { key: (typeof RANGE_KEYS)[number]; other: string; range: string }[] {
  return RANGE_KEYS.flatMap((key) =>
    Object.entries(manifest[key]).map(([other, range]) => ({ key, other, range })),
  )
}
