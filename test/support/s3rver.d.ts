/** The part of it that the tests use; it brings no types. */
declare module 's3rver' {
  import type { IncomingMessage } from 'node:http'
  import type { Readable } from 'node:stream'

  export interface S3rverContext {
    req: IncomingMessage
    query: Record<string, string>
    status: number
    type: string
    body: unknown
  }

  export interface S3rverObject {
    bucket: string
    key: string
    content: Readable
  }

  export default class S3rver {
    constructor(options: {
      address: string
      port: number
      silent: boolean
      directory: string
      configureBuckets: readonly { name: string }[]
    })
    middleware: ((context: S3rverContext, next: () => Promise<void>) => Promise<void>)[]
    store: {
      putObject(object: S3rverObject): Promise<unknown>
      getResourcePath(bucket: string, key: string, kind: 'object'): string
      listObjects(bucket: string, options: object): Promise<{ isTruncated: boolean }>
      existsObject(bucket: string, key: string): Promise<boolean>
    }
    run(): Promise<{ port: number }>
    close(): Promise<void>
  }
}
