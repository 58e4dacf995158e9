import { expect, test } from 'vitest'

import { ConfigError } from '../src/config.ts'
import { loadConfig } from '../src/config/load-config.ts'

const DATABASE = {
  DATABASE_URL: 'postgresql://u:p@db/x',
  PATCHBAY_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
}

/** Of what is wrong. */
function namesOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map(({ name }) => name)
    throw error
  }
  return []
}

const S3 = { PATCHBAY_S3_ACCESS_KEY_ID: 'AKIA', PATCHBAY_S3_SECRET_ACCESS_KEY: 'secret' }

test('archives in S3 or Azure: a bucket by STORAGE_URL, with what opens it beside it', () => {
  expect(loadConfig({ STORAGE_URL: 's3://archives/of/patchbay', ...S3 }).storage).toEqual({
    main: { kind: 's3', bucket: 'archives', prefix: 'of/patchbay/' },
    s3: {
      endpoint: 'https://s3.us-east-1.amazonaws.com',
      region: 'us-east-1',
      accessKeyId: 'AKIA',
      secretAccessKey: 'secret',
    },
    azure: null,
  })
  const PATCHBAY_AZURE_CONNECTION_STRING = 'AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net'
  expect(loadConfig({ STORAGE_URL: 'azure://archives', PATCHBAY_AZURE_CONNECTION_STRING }).storage).toEqual({
    main: { kind: 'azure', container: 'archives', prefix: '' },
    s3: null,
    azure: { connectionString: PATCHBAY_AZURE_CONNECTION_STRING },
  })
})

test("what opens S3 may have the names of Amazon's own tools, over which ours go", () => {
  const env = {
    AWS_ACCESS_KEY_ID: 'theirs',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-central-1',
  }
  expect(loadConfig(env).storage.s3).toEqual({
    endpoint: 'https://s3.eu-central-1.amazonaws.com',
    region: 'eu-central-1',
    accessKeyId: 'theirs',
    secretAccessKey: 'secret',
  })
  expect(loadConfig({ ...env, ...S3 }).storage.s3?.accessKeyId).toBe('AKIA')
  const endpoint = { AWS_ENDPOINT_URL_S3: 'http://minio:9000/' }
  expect(loadConfig({ ...env, ...endpoint }).storage.s3?.endpoint).toBe('http://minio:9000')
})

test.for([
  ['PATCHBAY_S3_ACCESS_KEY_ID,PATCHBAY_S3_SECRET_ACCESS_KEY', { STORAGE_URL: 's3://archives' }],
  ['PATCHBAY_S3_SECRET_ACCESS_KEY', { PATCHBAY_S3_ACCESS_KEY_ID: 'AKIA' }],
  ['PATCHBAY_AZURE_CONNECTION_STRING', { STORAGE_URL: 'azure://archives/x' }],
  ['PATCHBAY_AZURE_CONNECTION_STRING', { PATCHBAY_AZURE_CONNECTION_STRING: 'AccountName=a' }],
  ['PATCHBAY_S3_ENDPOINT', { PATCHBAY_S3_ENDPOINT: 'http://minio:9000/bucket' }],
  ['PATCHBAY_S3_ENDPOINT', { PATCHBAY_S3_ENDPOINT: 'http://key:secret@minio:9000' }],
  ['STORAGE_URL', { STORAGE_URL: 's3://Archives', ...S3 }],
  ['STORAGE_URL', { STORAGE_URL: 's3://ab', ...S3 }],
  ['STORAGE_URL', { STORAGE_URL: 's3://a..b', ...S3 }],
  ['STORAGE_URL', { STORAGE_URL: 's3://192.168.0.1', ...S3 }],
  [
    'STORAGE_URL',
    { STORAGE_URL: 'azure://with.dots', PATCHBAY_AZURE_CONNECTION_STRING: 'AccountName=a;AccountKey=b' },
  ],
  ['STORAGE_URL', { STORAGE_URL: 's3://key:secret@archives', ...S3 }],
  ['STORAGE_URL', { STORAGE_URL: 's3://archives/../other', ...S3 }],
  ['STORAGE_URL', { STORAGE_URL: 's3://archives/a?versionId=1', ...S3 }],
  ['STORAGE_URL', { STORAGE_URL: 's3://archives:9000/a', ...S3 }],
  ['STORAGE_URL', { STORAGE_URL: 'file:///a%2Fb' }],
  ['STORAGE_URL', { STORAGE_URL: 'file:///a%00b' }],
] as const)('what is wrong with a store is told by name: %s', ([names, env]) => {
  expect(namesOf(env).join()).toBe(names)
})

test('only a directory has to be confirmed as one that all processes see', () => {
  const env = { ...DATABASE, ROLE: 'worker', STORAGE_URL: 's3://archives', ...S3 }
  expect(namesOf(env)).toEqual([])
})
