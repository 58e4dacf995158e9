import { createHash, createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type S3rver from 's3rver'

/**
 * Makes s3rver as strict as S3 is where we rely on it: it looks at no signature of version 4, keeps what had come of a
 * body that was cut off, answers before it has written, and knows no `If-None-Match` of a PUT. Its tokens of further
 * pages need a cipher that Node has no more.
 */
export function asStrictAsS3(server: S3rver, secret: string): void {
  const { store } = server
  const putObject = store.putObject.bind(store)
  store.putObject = async (object) => {
    // Reading to the end fails where the body was cut off.
    const body = Buffer.concat(await object.content.toArray())
    object.content = Readable.from([body], { objectMode: false })
    const stored = await putObject(object)
    // It answers before its file is written to the end.
    await writeFile(store.getResourcePath(object.bucket, object.key, 'object'), body)
    return stored
  }
  const listObjects = store.listObjects.bind(store)
  store.listObjects = async (...asked) => ({ ...(await listObjects(...asked)), isTruncated: false })
  server.middleware.unshift(async (context, next) => {
    const { req } = context
    const refuse = (status: number, code: string): void => {
      req.resume()
      context.status = status
      context.type = 'application/xml'
      context.body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`
    }
    if (!isSigned(req, secret)) return refuse(403, 'SignatureDoesNotMatch')
    if (req.method === 'PUT' && req.headers['if-none-match'] === '*') {
      const [, bucket, key] = /^\/([^/]+)\/([^?]+)/.exec(req.url!)!
      if (await store.existsObject(bucket!, decodeURIComponent(key!)))
        return refuse(412, 'PreconditionFailed')
    }
    const { 'continuation-token': token, ...query } = context.query
    if (token !== undefined) context.query = { ...query, 'start-after': fromToken(token) }
    await next()
    if (query['list-type'] === '2') context.body = paged(String(context.body), Number(query['max-keys']))
  })
}

/** As services that speak only the older part of S3. */
export function refuseExtras(server: S3rver): void {
  server.middleware.unshift(async (context, next) => {
    const { headers, method } = context.req
    const extras = [headers['if-none-match'], headers['x-amz-checksum-sha256']]
    if (method !== 'PUT' || extras.every((value) => value === undefined)) return await next()
    context.req.resume()
    context.status = 501
    context.type = 'application/xml'
    context.body = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NotImplemented</Code></Error>'
  })
}

/** A full page may not be the last. */
function paged(answer: string, size: number): string {
  const keys = [...answer.matchAll(/<Key>([^<]*)<\/Key>/g)]
  if (keys.length < size) return answer
  const token = Buffer.from(keys.at(-1)![1]!).toString('base64')
  const further = `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`
  return answer.replace('<IsTruncated>false</IsTruncated>', further)
}

function fromToken(token: string): string {
  return Buffer.from(token, 'base64').toString()
}

/** Source: Amazon's "Signature Version 4 signing process", with the body unsigned. */
function isSigned({ method, url, headers }: IncomingMessage, secret: string): boolean {
  const parts =
    /Credential=[^/]+\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(
      headers.authorization ?? '',
    )
  if (parts === null) return false
  const [, date, region, signed, signature] = parts as unknown as [string, string, string, string, string]
  const [path, query = ''] = url!.split('?')
  const request = [
    method,
    path,
    query.split('&').sort().join('&'),
    ...signed.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signed,
    headers['x-amz-content-sha256'],
  ].join('\n')
  const hash = createHash('sha256').update(request).digest('hex')
  const text = `AWS4-HMAC-SHA256\n${String(headers['x-amz-date'])}\n${date}/${region}/s3/aws4_request\n${hash}`
  const key = [date, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (from, word) => createHmac('sha256', from).update(word).digest(),
    `AWS4${secret}`,
  )
  return createHmac('sha256', key).update(text).digest('hex') === signature
}
