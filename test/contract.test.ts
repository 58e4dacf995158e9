import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Kind, parse, print, printSchema, type DefinitionNode, type DocumentNode } from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../src/schema.ts'

const read = (name: string): Promise<string> => readFile(path.join(import.meta.dirname, name), 'utf8')

/**
 * Everything that a document promises, a line each: types with their kind, fields with their type, arguments, input
 * fields with their default, values of enums, members of unions, interfaces. Connections are not spelled out there.
 */
function promisesOf(document: DocumentNode): Map<string, string> {
  const promises = new Map<string, string>()
  for (const definition of document.definitions) collect(definition, promises)
  return promises
}

function collect(definition: DefinitionNode, promises: Map<string, string>): void {
  if (!('name' in definition) || definition.name === undefined) return
  const name = definition.name.value
  promises.set(name, definition.kind)
  if ('interfaces' in definition) {
    for (const it of definition.interfaces ?? []) promises.set(`${name} implements ${it.name.value}`, '')
  }
  if (definition.kind === Kind.ENUM_TYPE_DEFINITION) {
    for (const value of definition.values ?? []) promises.set(`${name}.${value.name.value}`, '')
  }
  if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
    for (const member of definition.types ?? []) promises.set(`${name} | ${member.name.value}`, '')
  }
  if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
    for (const field of definition.fields ?? []) {
      const fallback = field.defaultValue ? ` = ${print(field.defaultValue)}` : ''
      promises.set(`${name}.${field.name.value}`, `${print(field.type)}${fallback}`)
    }
  }
  if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
    for (const field of definition.fields ?? []) {
      promises.set(`${name}.${field.name.value}`, print(field.type))
      for (const arg of field.arguments ?? []) {
        promises.set(`${name}.${field.name.value}(${arg.name.value}:)`, print(arg.type))
      }
    }
  }
}

test('the graph keeps every promise of the contract but those that are listed as missing, and the list is true', async () => {
  const contract = promisesOf(parse(await read('contract.graphql')))
  const built = promisesOf(parse(printSchema(schema)))
  const missing = [...contract.keys()].filter((promise) => !built.has(promise)).sort()
  const listed = (await read('contract-missing.txt'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  // What belongs to a type that is missing as a whole is not listed again.
  const tops = missing.filter(
    (promise) => !missing.includes(promise.split(/[. ]/)[0]!) || !/[. ]/.test(promise),
  )
  expect(tops).toEqual(listed.sort())
})

test('what is built has the very types and nullability that the contract says', async () => {
  const contract = promisesOf(parse(await read('contract.graphql')))
  const built = promisesOf(parse(printSchema(schema)))
  const changed = [...contract]
    .filter(([promise, type]) => built.has(promise) && built.get(promise) !== type)
    .map(([promise, type]) => `${promise}: ${type} in the contract, ${built.get(promise)!} in the graph`)
  expect(changed).toEqual([])
})
