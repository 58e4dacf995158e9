import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyDirectory, launch, nothingLeft } from './support/launched-service.ts'

/** Makes a program fail from within, on a signal. */
const failing = (statement: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${statement} })`)}`,
})

test.each([
  ['an exception that nobody catches', `throw new Error('from nowhere')`],
  ['a rejection that nobody handles', `Promise.reject(new Error('from nowhere'))`],
])('%s is told, and ends the service with 1 after its database was stopped', async (_what, statement) => {
  const service = launch({ dataDirectory: await emptyDirectory(), env: failing(statement) })
  await service.greeting()
  await service.processes()

  service.signal('SIGUSR2')

  expect(await service.ended).toEqual({ code: 1, signal: null })
  expect(service.output().stderr).toMatch(/^patchbay: unexpected, stopping: Error: from nowhere\n/)
  const pidFile = path.join(service.dataDirectory, 'database/postmaster.pid')
  await expect(readFile(pidFile)).rejects.toThrow('ENOENT')
  await nothingLeft(service)
})

test('a database that ends by itself ends the service with one line', async () => {
  const service = launch({ dataDirectory: await emptyDirectory() })
  await service.greeting()
  await service.processes()
  const pidFile = path.join(service.dataDirectory, 'database/postmaster.pid')

  process.kill(Number((await readFile(pidFile, 'utf8')).split('\n')[0]), 'SIGINT')

  expect(await service.ended).toEqual({ code: 1, signal: null })
  expect(service.output().stderr).toBe('patchbay: the database ended by itself\n')
  await nothingLeft(service)
})
