import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type AnyNode, parse, type Program } from 'acorn'
import { analyze, type Scope as EslintScope } from 'eslint-scope'
import { expect, test } from 'vitest'
import { Origins } from '../../src/inspection/scan/origins.ts'
import { collectScopes } from '../../src/inspection/scan/scopes.ts'
import { walkModule } from '../../src/inspection/scan/walk.ts'

const MODULES = path.join(import.meta.dirname, '../../node_modules')
/** Written by different people, for different ends, in different centuries of the language. */
const PACKAGES = [
  'acorn',
  'axios',
  'diff',
  'd3-array',
  'fast-check',
  'graphql',
  'graphql-yoga',
  'postgres',
  'yargs',
  'zod',
]

/** Offsets of all references to free names, as our walk sees them. */
function freeNames(program: Program, text: string): string[] {
  const found: string[] = []
  const file = { path: 'a.js', text, program, scopes: collectScopes(program) }
  const visitors = {
    Identifier: (node: AnyNode & { name: string }, { scope }: { scope: { find(name: string): unknown } }) => {
      if (scope.find(node.name) === null) found.push(`${node.start} ${node.name}`)
    },
  }
  const crashed = (error: unknown): never => {
    throw error
  }
  walkModule(file, new Origins(new Set()), [{ visitors, crashed }])
  return found.toSorted()
}

/** The same as ESLint sees them. */
function freeNamesByEslint(program: Program): string[] {
  const manager = analyze(program as never, { ecmaVersion: 2022, sourceType: 'module' })
  const [root] = manager.scopes as [EslintScope]
  const names = root.through.map(({ identifier }) => identifier as unknown as { start: number; name: string })
  // ESLint counts `arguments` as declared by each function; nobody else does anything with it.
  return [...new Set(names.map(({ start, name }) => `${start} ${name}`))].toSorted()
}

function modulesOf(name: string): string[] {
  const files = readdirSync(path.join(MODULES, name), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => /\.m?js$/.test(file) && !file.includes('node_modules')).slice(0, 60)
}

test.each(PACKAGES)('names are free where ESLint says so, in all modules of %s', (name) => {
  let compared = 0
  for (const file of modulesOf(name)) {
    const text = readFileSync(path.join(MODULES, name, file), 'utf8')
    let program: Program
    try {
      program = parse(text, { ecmaVersion: 'latest', sourceType: 'module', ranges: true })
    } catch {
      // CommonJS of a loose kind.
      continue
    }
    const ours = freeNames(program, text).filter((line) => !line.endsWith(' arguments'))
    expect(ours, file).toEqual(freeNamesByEslint(program))
    compared += 1
  }
  expect(compared).toBeGreaterThan(0)
})

test.each([
  ['a default that does not see the body', 'function f(a = x) { var x }', ['15 x']],
  ['what is switched over', 'switch (x) { case 1: let x }', ['8 x']],
  ['a function in a block', '{ function x() {} }\nx', ['20 x']],
  ['a name of its own', '(function x() { x })\nx', ['21 x']],
  ['a class’s own name', '(class x { y = x })\nx', ['20 x']],
  ['var out of blocks', '{ for (;;) { var x } }\nx', []],
  ['a loop’s own name', 'for (const x of []) x\nx', ['22 x']],
  ['a caught error', 'try {} catch ({ x }) { x }\nx', ['27 x']],
  ['a static block', 'class A { static { var x } }\nx', ['29 x']],
])('scopes are as the language has them: %s', (_what, text, expected) => {
  expect(freeNames(parse(text, { ecmaVersion: 'latest', sourceType: 'module' }), text)).toEqual(expected)
})
