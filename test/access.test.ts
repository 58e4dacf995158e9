import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { PERMISSIONS, ROLE_PERMISSIONS } from '../src/auth/permissions.ts'
import type { Role } from '../src/generated/prisma/enums.ts'

test('docs/access.md says what each role permits, permission by permission', async () => {
  const text = await readFile(path.join(import.meta.dirname, '../docs/access.md'), 'utf8')
  const table = /<!-- roles: [^]*?-->([^]*)<!-- end of roles -->/.exec(text)![1]!
  const [head, , ...rows] = table
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  const roles = head!.slice(1, -1) as Role[]
  expect(roles.toSorted()).toEqual(Object.keys(ROLE_PERMISSIONS).toSorted())
  const told = rows.map(([name, ...cells]) => [name, roles.filter((_, index) => cells[index] === '✓')])
  const permitted = PERMISSIONS.map((permission) => [
    `\`${permission}\``,
    roles.filter((role) => ROLE_PERMISSIONS[role].has(permission)),
  ])
  expect(told).toEqual(permitted)
  expect(rows.every((cells) => cells.at(-1) !== '')).toBe(true)
})
