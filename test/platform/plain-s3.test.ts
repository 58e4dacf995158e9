import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { openS3Store } from '../../src/platform/blobs/s3-store.ts'
import { sha256Hex } from '../../src/platform/crypto.ts'
import { BUCKET, S3_KEY, startS3Server } from '../support/object-stores.ts'

test('a service that knows neither conditions nor checksums of a PUT is used without them', async () => {
  const server = await startS3Server({ plain: true })
  const store = openS3Store(
    { bucket: BUCKET, prefix: '' },
    {
      endpoint: `http://127.0.0.1:${server.port}`,
      region: 'us-east-1',
      accessKeyId: S3_KEY,
      secretAccessKey: S3_KEY,
    },
  )
  onTestFinished(async () => {
    await store.close()
    await server.close()
  })
  await store.probe()
  for (const bytes of [randomBytes(1_000), randomBytes(2_000)]) {
    expect(sha256Hex(await store.get(await store.put(bytes)))).toBe(sha256Hex(bytes))
  }
  expect(await store.claim('me')).toBe('me')
  expect(await store.claim('another')).toBe('me')
})
