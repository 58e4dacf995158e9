import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { permissions } from '../../src/archive/permissions.ts'

const DOCUMENT = new URL('../../docs/publishing.md', import.meta.url)

test('publishers read of each permission its risk and what it gives, as the code has them', async () => {
  const documented = [
    ...(await readFile(DOCUMENT, 'utf8')).matchAll(/^\| `(\w+:\w+)` \| (\w+) \| (.+) \|$/gm),
  ]
  expect(documented.map(([, permission, risk, gives]) => ({ permission, risk, gives }))).toEqual(
    Object.entries(permissions).map(([permission, { risk, gives }]) => ({ permission, risk, gives })),
  )
})
