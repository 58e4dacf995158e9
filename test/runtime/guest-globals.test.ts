import { createHash, createHmac } from 'node:crypto'
import { array, integer, sample, string } from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonValue } from '../../src/lib/json.ts'
import { withHook } from '../support/runtime.ts'

/** Runs a body with an input and gives what it returned. */
async function valueOf(body: string, input: JsonValue = {}): Promise<JsonValue | undefined> {
  const result = await withHook(body).hook('run', input)
  expect(result.error).toBeUndefined()
  expect(result.hostCalls).toBe(0)
  return result.value
}

const URLS: [string, string?][] = [
  ['https://user:pa%20ss@EXAMPLE.com:8443/a/../b?x=1&y=%20#frag'],
  ['../up', 'https://example.com/a/b/c'],
  ['//other.example', 'https://example.com'],
  ['http://0x7f.1/'],
  ['http://[::ffff:127.0.0.1]:80/'],
  ['https://münchen.example/ü?ü#ü'],
  ['data:text/plain,x'],
  ['file:///C:/a b'],
]

test('URL reads addresses as Node does', async () => {
  const parts = [
    'href',
    'origin',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'hash',
  ]
  const body = `return input.urls.map(([url, base]) => { const u = new URL(url, base); return ${JSON.stringify(parts)}.map((part) => u[part]) })`
  const expected = URLS.map(([url, base]) => {
    const parsed = new URL(url, base)
    return parts.map((part) => parsed[part as 'href'])
  })
  expect(await valueOf(body, { urls: URLS as JsonValue })).toEqual(expected)
  const broken = `return ['', 'nope', 'http://', 'http://a b/', 'https://[::'].map((url) => [URL.canParse(url), URL.parse(url)])`
  for (const ends of (await valueOf(broken)) as JsonValue[]) expect(ends).toEqual([false, null])
})

test('URL can be changed, and its searchParams with it', async () => {
  const body = `const u = new URL('https://example.com/a?x=1')
    u.searchParams.append('y', 'a b&c'); u.pathname = '/ü'; u.hash = 'h'; u.port = '8443'; u.protocol = 'http'
    const before = u.href; u.search = '?z=9'
    return [before, u.searchParams.get('z'), u.searchParams.get('x'), JSON.stringify({ u }), String(u)]`
  expect(await valueOf(body)).toEqual([
    'http://example.com:8443/%C3%BC?x=1&y=a+b%26c#h',
    '9',
    null,
    '{"u":"http://example.com:8443/%C3%BC?z=9#h"}',
    'http://example.com:8443/%C3%BC?z=9#h',
  ])
})

test('URLSearchParams, TextEncoder, TextDecoder, atob and btoa do to any text what Node does', async () => {
  const body = `return input.texts.map((text) => {
    const bytes = new TextEncoder().encode(text)
    const params = new URLSearchParams(text)
    return [new URLSearchParams({ [text]: text }).toString(), [...params], params.toString(),
      [...bytes], new TextDecoder().decode(bytes), btoa(String.fromCharCode(...bytes)),
      atob(btoa(String.fromCharCode(...bytes))) === String.fromCharCode(...bytes)]
  })`
  const texts = sample(string({ unit: 'binary', maxLength: 40 }), { numRuns: 150, seed: 7 })
  texts.push('a=1&b=2&a=3', '?x=%zz&%41=%C3%28', '+%20+', 'a&&b=&=c&', '\uFEFFbom', "~!*()'-._")
  const expected = texts.map((text) => {
    const bytes = new TextEncoder().encode(text)
    const params = new URLSearchParams(text)
    return [
      new URLSearchParams({ [text]: text }).toString(),
      [...params],
      params.toString(),
      [...bytes],
      new TextDecoder().decode(bytes),
      Buffer.from(bytes).toString('base64'),
      true,
    ]
  })
  expect(await valueOf(body, { texts })).toEqual(expected)
})

test('TextDecoder reads broken bytes as Node does, whole and in pieces', async () => {
  const samples = sample(array(integer({ min: 0, max: 255 }), { maxLength: 12 }), {
    numRuns: 300,
    seed: 3,
  })
  samples.push(
    [0xe2, 0x82],
    [0xf0, 0x9f, 0x98, 0x80],
    [0xed, 0xa0, 0x80],
    [0xc0, 0x80],
    [0xef, 0xbb, 0xbf, 0x41],
    [0xf4, 0x90, 0x80, 0x80],
  )
  const decode = `(bytes) => { const d = new TextDecoder(); let text = ''
    for (const byte of bytes) text += d.decode(new Uint8Array([byte]), { stream: true })
    let fatal = false; try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes)) } catch { fatal = true }
    return [new TextDecoder().decode(new Uint8Array(bytes)), text + d.decode(), fatal] }`
  const here = (bytes: number[]): JsonValue => {
    const decoder = new TextDecoder()
    let text = ''
    for (const byte of bytes) text += decoder.decode(new Uint8Array([byte]), { stream: true })
    let fatal = false
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes))
    } catch {
      fatal = true
    }
    return [new TextDecoder().decode(new Uint8Array(bytes)), text + decoder.decode(), fatal]
  }
  expect(await valueOf(`return input.samples.map(${decode})`, { samples })).toEqual(samples.map(here))
})

test('digests and keyed hashes are those of node:crypto', async () => {
  const body = `const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    const data = new TextEncoder().encode('Grüße'); const ends = []
    for (const name of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']) {
      ends.push(hex(await crypto.subtle.digest(name, data)), hex(await crypto.hmac(name, 'key', 'Grüße')), hex(await crypto.hmac({ name }, data, data.buffer)))
    }
    return ends`
  const expected = ['sha1', 'sha256', 'sha384', 'sha512'].flatMap((name) => [
    createHash(name).update('Grüße').digest('hex'),
    createHmac(name, 'key').update('Grüße').digest('hex'),
    createHmac(name, 'Grüße').update('Grüße').digest('hex'),
  ])
  expect(await valueOf(body)).toEqual(expected)
  const refused = `const ends = await Promise.allSettled([crypto.subtle.digest('MD5', new Uint8Array(1)), crypto.subtle.digest('SHA-256', 'text'),
    crypto.subtle.digest('SHA-256', new Uint8Array(2 ** 20)), crypto.hmac('__proto__', 'a', 'b')]); return ends.map(({ status }) => status)`
  expect(new Set((await valueOf(refused)) as string[])).toEqual(new Set(['rejected']))
})

test('random values differ, and fill what they are given', async () => {
  const body = `const a = crypto.getRandomValues(new Uint8Array(32)); const b = crypto.getRandomValues(new Uint32Array(2))
    let tooMany = ''; try { crypto.getRandomValues(new Uint8Array(65537)) } catch (error) { tooMany = error.name }
    return { uuids: [crypto.randomUUID(), crypto.randomUUID()], zeros: a.filter((byte) => byte === 0).length, b: b.length, tooMany }`
  const value = (await valueOf(body)) as { uuids: string[]; zeros: number; tooMany: string }
  for (const uuid of value.uuids)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(value.uuids[0]).not.toBe(value.uuids[1])
  expect(value.zeros).toBeLessThan(16)
  expect(value.tooMany).toBe('RangeError')
})

test('structuredClone copies what a plugin can hold, cycles too, and refuses functions', async () => {
  const body = `const source = { date: new Date(5), map: new Map([[{ a: 1 }, new Set([1])]]), re: /a/gi, list: [1, , 3],
      bytes: new Uint8Array([1, 2]), error: new RangeError('x'), big: 1n }
    source.self = source
    const copy = structuredClone(source)
    const key = [...copy.map.keys()][0]
    let refused = ''; try { structuredClone({ f() {} }) } catch (error) { refused = error.name }
    return [copy !== source, copy.self === copy, copy.date.getTime(), key.a, copy.map.get(key).has(1), String(copy.re),
      copy.list.length, 1 in copy.list, [...copy.bytes], copy.bytes.buffer !== source.bytes.buffer, copy.error instanceof RangeError,
      copy.error.message, String(copy.big), refused]`
  expect(await valueOf(body)).toEqual([
    true,
    true,
    5,
    1,
    true,
    '/a/gi',
    3,
    false,
    [1, 2],
    true,
    true,
    'x',
    '1',
    'DataCloneError',
  ])
})
