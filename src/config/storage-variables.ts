import * as parse from './parsers.ts'
import { alsoNamed, optional, secret, set } from './variable.ts'

/** Where archives lie, and with what stores are opened: registries name stores of their own without any of it. */
export const storageVariables = {
  storage: optional(
    'STORAGE_URL',
    'where archives lie; without it blobs/ in the data directory',
    parse.storeLocation,
    'file:///absolute/directory, s3://bucket/prefix or azure://container/prefix, without credentials',
  ),
  storageShared: set(
    'PATCHBAY_STORAGE_SHARED',
    'the archive directory is one that all processes see',
    parse.boolean,
    'false',
    'true or false',
  ),
  s3Endpoint: alsoNamed(
    optional(
      'PATCHBAY_S3_ENDPOINT',
      "the S3 service, without the bucket; without it Amazon's of the region",
      parse.httpOrigin,
      'http(s)://host:port',
    ),
    'AWS_ENDPOINT_URL_S3',
  ),
  s3Region: alsoNamed(
    set(
      'PATCHBAY_S3_REGION',
      'the region of the buckets',
      parse.host,
      'us-east-1',
      'a region, e.g. eu-central-1',
    ),
    'AWS_REGION',
  ),
  s3AccessKeyId: alsoNamed(
    secret('PATCHBAY_S3_ACCESS_KEY_ID', 'the key with which S3 is used', parse.word, 'an access key id'),
    'AWS_ACCESS_KEY_ID',
  ),
  s3SecretAccessKey: alsoNamed(
    secret('PATCHBAY_S3_SECRET_ACCESS_KEY', 'and its secret', parse.word, 'the secret of the access key'),
    'AWS_SECRET_ACCESS_KEY',
  ),
  azureConnectionString: secret(
    'PATCHBAY_AZURE_CONNECTION_STRING',
    'how Azure Blob Storage is reached',
    parse.azureConnection,
    'a connection string of a storage account (DefaultEndpointsProtocol=…;AccountName=…;AccountKey=…)',
  ),
}
