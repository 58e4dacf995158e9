import { expect, test } from 'vitest'
import type { PlanConflict } from '../../../src/features/installations/resolver/plan.ts'
import { resolvePlan } from '../../../src/features/installations/resolver/resolve-plan.ts'
import { ask, type Asked, type Registry } from './support/memory-source.ts'

async function conflictOf(registry: Registry, root: string, asked?: Asked): Promise<PlanConflict> {
  const { steps, conflicts } = await resolvePlan(ask(registry, root, asked))
  expect({ steps, reasons: conflicts.length }).toEqual({ steps: [], reasons: 1 })
  return conflicts[0]!
}

async function stepsOf(registry: Registry, root: string, asked?: Asked): Promise<string[]> {
  const { steps, conflicts } = await resolvePlan(ask(registry, root, asked))
  expect(conflicts).toEqual([])
  return steps.map(({ action, candidate }) => `${action} ${candidate.slug} ${candidate.version}`)
}

/** Why there is no plan, each in the words that are told. */
const conflicts: [rule: string, registry: Registry, asked: Asked, told: PlanConflict][] = [
  [
    'what is not there',
    { 'top 1.0.0': { on: { mid: '*' } }, 'mid 1.0.0': { on: { gone: '^1.0.0' } } },
    {},
    {
      kind: 'NOT_FOUND',
      message: 'top 1.0.0 needs mid *, mid 1.0.0 needs gone ^1.0.0, but there is no approved gone.',
      slugs: ['gone'],
    },
  ],
  [
    'a range in which nothing lies',
    { 'top 1.0.0': { on: { a: '^3.0.0' } }, 'a 1.0.0': {}, 'a 2.0.0': {} },
    {},
    {
      kind: 'NO_MATCHING_VERSION',
      message: 'top 1.0.0 needs a ^3.0.0, but only 2.0.0, 1.0.0 can be had.',
      slugs: ['a', 'top'],
    },
  ],
  [
    'a range that does not parse',
    { 'top 1.0.0': { on: { a: 'latest please' } }, 'a 1.0.0': {} },
    {},
    {
      kind: 'NO_MATCHING_VERSION',
      message: 'top 1.0.0 needs a latest please, but only 1.0.0 can be had.',
      slugs: ['a', 'top'],
    },
  ],
  [
    'two demands, and nothing of what has no part in it',
    {
      'top 1.0.0': { on: { a: '*', c: '*', noise: '*' } },
      'a 1.0.0': { on: { b: '^2.0.0', noise: '^1.0.0' } },
      'c 1.1.0': { on: { b: '<2', noise: '>=1' } },
      'b 1.0.0': {},
      'b 2.0.0': {},
      'noise 1.0.0': {},
      'noise 2.0.0': {},
    },
    {},
    {
      kind: 'VERSION_CONFLICT',
      message:
        'top 1.0.0 needs a *, top 1.0.0 needs c *, a 1.0.0 needs b ^2.0.0, but c 1.1.0 needs b <2: no version of b serves all.',
      slugs: ['b', 'top', 'a', 'c'],
    },
  ],
  [
    'another host',
    { 'top 1.0.0': { on: { a: '*' } }, 'a 1.0.0': { host: '>=2' } },
    {},
    {
      kind: 'HOST_INCOMPATIBLE',
      message: 'top 1.0.0 needs a *, but a 1.0.0 is made for hosts >=2 and the site runs 1.5.0.',
      slugs: ['a', 'top'],
    },
  ],
  [
    'a conflict that a new one declares about an installed one',
    { 'top 1.0.0': { not: { old: '<2' } }, 'old 1.4.0': {} },
    { installed: ['old 1.4.0'] },
    { kind: 'DECLARED_CONFLICT', message: 'top 1.0.0 conflicts with old <2.', slugs: ['old', 'top'] },
  ],
  [
    'a conflict that an installed one declares about a new one',
    { 'top 1.0.0': {}, 'old 1.4.0': { not: { top: '*' } } },
    { installed: ['old 1.4.0'] },
    { kind: 'DECLARED_CONFLICT', message: 'old 1.4.0 conflicts with top *.', slugs: ['top', 'old'] },
  ],
  [
    'two that add the same',
    { 'top 1.0.0': { adds: ['module "orders"'] }, 'shop 2.0.0': { adds: ['module "orders"'] } },
    { installed: ['shop 2.0.0'] },
    {
      kind: 'CONTRIBUTION_CONFLICT',
      message: 'shop and top both add the module "orders".',
      slugs: ['top', 'shop'],
    },
  ],
  [
    'an installed one that would lose what it needs',
    { 'top 1.0.0': { on: { b: '^2.0.0' } }, 'b 1.0.0': {}, 'b 2.0.0': {}, 'user 1.0.0': { on: { b: '<2' } } },
    { installed: ['b 1.0.0', 'user 1.0.0'] },
    {
      kind: 'BREAKS_DEPENDENT',
      message: 'top 1.0.0 needs b ^2.0.0, but user 1.0.0 needs b <2: no version of b serves all.',
      slugs: ['b', 'top', 'user'],
    },
  ],
  [
    'a downgrade',
    { 'top 1.0.0': { on: { b: '<2' } }, 'b 1.0.0': {}, 'b 2.0.0': {} },
    { installed: ['b 2.0.0'] },
    {
      kind: 'VERSION_CONFLICT',
      message: 'top 1.0.0 needs b <2, but b 2.0.0 is installed and is not downgraded.',
      slugs: ['b', 'top'],
    },
  ],
  [
    'a circle',
    {
      'top 1.0.0': { on: { a: '*' } },
      'a 1.0.0': { on: { b: '*' } },
      'a 2.0.0': { on: { b: '*' } },
      'b 1.0.0': { on: { a: '*' } },
    },
    {},
    {
      kind: 'CYCLE',
      message: 'These need each other in a circle: a → b → a (top 1.0.0 needs a *).',
      slugs: ['a', 'b', 'a'],
    },
  ],
]

test.each(conflicts)(
  'there is no plan for %s, and just that is told',
  async (_rule, registry, asked, told) => {
    expect(await conflictOf(registry, 'top 1.0.0', asked)).toEqual(told)
  },
)

test('the shortest of several chains is told', async () => {
  const registry: Registry = {
    'top 1.0.0': { on: { a: '*', x: '*' } },
    'a 1.0.0': { on: { b: '*' } },
    'b 1.0.0': { on: { c: '^9.0.0' } },
    'c 1.0.0': {},
    'x 1.0.0': { on: { y: '^9.0.0' } },
    'y 1.0.0': {},
  }
  expect((await conflictOf(registry, 'top 1.0.0')).message).toBe(
    'top 1.0.0 needs x *, x 1.0.0 needs y ^9.0.0, but only 1.0.0 can be had.',
  )
})

test('many versions that ask for the same are told as one', async () => {
  const registry: Registry = {
    'top 1.0.0': { on: { a: '^1.2.0', b: '<2' } },
    'b 1.0.0': {},
    'b 2.0.0': {},
  }
  for (let minor = 0; minor < 8; minor += 1) registry[`a 1.${minor}.0`] = { on: { b: '^2.0.0' } }
  expect((await conflictOf(registry, 'top 1.0.0')).message).toBe(
    'top 1.0.0 needs a ^1.2.0, top 1.0.0 needs b <2, but a 1.2.0 to 1.7.0 needs b ^2.0.0: no version of b serves all.',
  )
})

test('a solution without a circle is found where there is one with a circle of higher versions', async () => {
  const registry: Registry = {
    'top 1.0.0': { on: { a: '*' } },
    'a 2.0.0': { on: { b: '*' } },
    'a 1.0.0': {},
    'b 1.0.0': { on: { a: '*' } },
  }
  expect(await stepsOf(registry, 'top 1.0.0')).toEqual(['INSTALL a 1.0.0', 'INSTALL top 1.0.0'])
})

test('what is in the way is upgraded where nothing else helps, and kept where something does', async () => {
  const registry: Registry = {
    'top 1.0.0': { on: { b: '^2.0.0' } },
    'top 1.1.0': { on: { b: '*' } },
    'b 1.0.0': {},
    'b 2.0.0': {},
    'user 1.0.0': { on: { b: '<2' } },
    'user 1.1.0': { on: { b: '*' } },
  }
  const installed = ['b 1.0.0', 'user 1.0.0']
  expect(await stepsOf(registry, 'top 1.0.0', { installed })).toEqual([
    'UPGRADE b 2.0.0',
    'UPGRADE user 1.1.0',
    'INSTALL top 1.0.0',
  ])
  expect(await stepsOf(registry, 'top 1.1.0', { installed })).toEqual(['KEEP b 1.0.0', 'INSTALL top 1.1.0'])
})

test('an optional dependency is installed where that is asked and possible, and stands before what uses it unless that closes a circle', async () => {
  const registry: Registry = {
    'top 1.0.0': { maybe: { extra: '^1.0.0', gone: '*', back: '*' } },
    'extra 1.1.0': {},
    'back 1.0.0': { on: { top: '*' } },
  }
  expect(await stepsOf(registry, 'top 1.0.0')).toEqual(['INSTALL top 1.0.0'])
  expect(await stepsOf(registry, 'top 1.0.0', { includeOptional: true })).toEqual([
    'INSTALL extra 1.1.0',
    'INSTALL top 1.0.0',
    'INSTALL back 1.0.0',
  ])
})

test('prereleases are taken only where a range asks, and build metadata does not count', async () => {
  const registry: Registry = {
    'top 1.0.0': { on: { a: '>=1', b: '>=2.0.0-beta.1', c: '1.0.0' } },
    'a 1.0.0': {},
    'a 2.0.0-beta.1': {},
    'b 1.0.0': {},
    'b 2.0.0-beta.2': {},
    'c 1.0.0+linux': {},
  }
  expect(await stepsOf(registry, 'top 1.0.0')).toEqual([
    'INSTALL a 1.0.0',
    'INSTALL b 2.0.0-beta.2',
    'INSTALL c 1.0.0+linux',
    'INSTALL top 1.0.0',
  ])
})

test('pigeons without enough holes end in time: the search is given up and says so', async () => {
  const pigeons = Array.from({ length: 14 }, (_, at) => `pigeon-${String.fromCodePoint(97 + at)}`)
  const registry: Registry = { 'top 1.0.0': { on: Object.fromEntries(pigeons.map((it) => [it, '*'])) } }
  for (const pigeon of pigeons) {
    for (let hole = 1; hole < pigeons.length; hole += 1)
      registry[`${pigeon} ${hole}.0.0`] = { adds: [`view "/${hole}"`] }
  }
  expect(await conflictOf(registry, 'top 1.0.0')).toMatchObject({ kind: 'TOO_COMPLEX', slugs: ['top'] })
})

test('of a large registry only that is read which the plan comes by', async () => {
  const registry: Registry = {}
  for (let at = 0; at < 200; at += 1) {
    for (let minor = 0; minor < 10; minor += 1)
      registry[`p${at} 1.${minor}.0`] = { on: { [`p${at + 1}`]: '*', [`p${at + 100}`]: '*' } }
  }
  for (let at = 200; at < 300; at += 1) registry[`p${at} 1.0.0`] = {}
  const question = ask(registry, 'p190 1.0.0')
  await resolvePlan(question)
  expect(question.source.read).toEqual({ plugins: 20, details: 20 })
})
