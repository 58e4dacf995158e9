import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { findDependencyCycle } from '../../src/archive/manifest-checks/dependency-cycle.ts'

const among =
  (graph: Record<string, string[]>) =>
  (slug: string): string[] | undefined =>
    graph[slug]

test('a way back to the plugin itself is told, the shortest there is', () => {
  expect(findDependencyCycle('a', among({ a: ['a'] }))).toEqual(['a', 'a'])
  expect(findDependencyCycle('a', among({ a: ['b'], b: ['a'] }))).toEqual(['a', 'b', 'a'])
  expect(findDependencyCycle('a', among({ a: ['b', 'd'], b: ['c'], c: ['a'], d: ['a'] }))).toEqual([
    'a',
    'd',
    'a',
  ])
})

test('a chain, a diamond, plugins that nobody knows and cycles among others are none', () => {
  expect(findDependencyCycle('a', among({}))).toBeNull()
  expect(findDependencyCycle('a', among({ a: ['b'], b: ['c'] }))).toBeNull()
  expect(findDependencyCycle('a', among({ a: ['b', 'c'], b: ['d'], c: ['d'] }))).toBeNull()
  expect(findDependencyCycle('a', among({ a: ['b'], b: ['c'], c: ['b'] }))).toBeNull()
})

test('a chain of 100,000 plugins is walked without recursion', () => {
  const last = 100_000
  const next = (slug: string): string[] => [String((Number(slug) + 1) % last)]
  expect(findDependencyCycle('0', next)).toHaveLength(last + 1)
})

test('in any graph what is found is a cycle, and where nothing is found none goes through the plugin', () => {
  const plugin = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const graphs = fc.dictionary(plugin, fc.array(plugin, { maxLength: 3 }), { noNullPrototype: true })
  fc.assert(
    fc.property(graphs, (graph) => {
      const cycle = findDependencyCycle('a', among(graph))
      const reached = new Set(graph['a'] ?? [])
      for (const slug of reached) for (const needed of graph[slug] ?? []) reached.add(needed)
      expect(cycle !== null).toBe(reached.has('a'))
      for (const [index, slug] of (cycle ?? []).slice(1).entries()) {
        expect(graph[cycle?.[index] ?? '']).toContain(slug)
      }
    }),
  )
})
