import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  PackageTrustDocument,
  RegisterPublisherKeyDocument,
  RevokePublisherKeyDocument,
  SubmissionsDocument,
  SubmitPackageDocument,
  UpdateOrganizationDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { review } from '../../../scripts/lib/cast.ts'
import { sha256Hex } from '../../../src/platform/crypto.ts'
import { publisherKeyId, rawPublicKey, signDigest } from '../../../src/platform/signatures.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, install, openStage, refusalOf, zipOf, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** A key pair whose public half the platform's publisher has registered. */
async function registeredKey(name: string): Promise<{ id: string; keyId: string; privateKey: KeyObject }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string
  const { registerPublisherKey } = await stage.publisher.request(RegisterPublisherKeyDocument, {
    input: { name, publicKey: pem },
  })
  const { id, keyId } = accepted(registerPublisherKey).publisherKey!
  expect(keyId).toBe(publisherKeyId(rawPublicKey(publicKey)))
  return { id, keyId, privateKey }
}

async function submitSigned(file: File, signature: string, keyId: string) {
  return (await stage.publisher.request(SubmitPackageDocument, { input: { file, signature, keyId } }))
    .submitPackage
}

async function signatureOf(file: File, privateKey: KeyObject): Promise<string> {
  return signDigest(privateKey, sha256Hex(new Uint8Array(await file.arrayBuffer())))
}

async function trustOf(id: string) {
  const { node } = await stage.publisher.request(PackageTrustDocument, { id })
  if (node?.signatureStatus === undefined) throw new Error('That is no package.')
  return node
}

test('a package is UNSIGNED, or VALID by a key that its publisher registered', async () => {
  const plain = accepted(
    (await stage.publisher.request(SubmitPackageDocument, { input: { file: zipOf({ id: 'plain' }) } }))
      .submitPackage,
  )
  expect(await trustOf(plain.package!.id)).toMatchObject({ signatureStatus: 'UNSIGNED', signature: null })

  const key = await registeredKey('build machine')
  const file = zipOf({ id: 'signed' })
  const sent = accepted(await submitSigned(file, await signatureOf(file, key.privateKey), key.keyId))
  expect(await trustOf(sent.package!.id)).toMatchObject({
    signatureStatus: 'VALID',
    signature: { keyId: key.keyId, algorithm: 'Ed25519', publisher: 'build machine' },
  })
})

test('a signature of other bytes, by another key, of wrong length or spelling is refused, and the report says which', async () => {
  const key = await registeredKey('one')
  const other = await registeredKey('other')
  const file = zipOf({ id: 'missigned' })
  const good = await signatureOf(file, key.privateKey)
  const bytes = Buffer.from(good, 'base64')
  const cases: [string, string, string][] = [
    [
      await signatureOf(zipOf({ id: 'missigned', version: '2.0.0' }), key.privateKey),
      key.keyId,
      'signature.valid',
    ],
    [good, other.keyId, 'signature.valid'],
    [good, 'ffffffffffffffff', 'signature.key'],
    ['', key.keyId, 'signature.form'],
    [bytes.subarray(0, 63).toString('base64'), key.keyId, 'signature.form'],
    [Buffer.concat([bytes, Buffer.of(0)]).toString('base64'), key.keyId, 'signature.form'],
    [`${good}\n`, key.keyId, 'signature.form'],
    [good.replace(/==$/, ''), key.keyId, 'signature.form'],
  ]
  for (const [signature, keyId, check] of cases) {
    const answer = await submitSigned(file, signature, keyId)
    expect(codesOf(answer), check).toEqual(['SIGNATURE_INVALID'])
    expect(answer.validation!.findings.map((finding) => finding.check)).toContain(check)
    expect(answer.package).toBeNull()
  }
  const { submissions } = await stage.publisher.request(SubmissionsDocument, { slug: 'missigned', first: 50 })
  expect(submissions.nodes.map((it) => it.accepted)).toEqual(cases.map(() => false))
  accepted(await submitSigned(file, good, key.keyId))
})

test('a signature without its key is told apart before anything is read', async () => {
  const { submitPackage } = await stage.publisher.request(SubmitPackageDocument, {
    input: { file: zipOf({ id: 'half' }), signature: 'AAAA' },
  })
  expect(codesOf(submitPackage)).toEqual(['INVALID_INPUT'])
})

test('a revoked key signs nothing more, and what it signed is KEY_REVOKED', async () => {
  const key = await registeredKey('leaked')
  const file = zipOf({ id: 'outlived' })
  const sent = accepted(await submitSigned(file, await signatureOf(file, key.privateKey), key.keyId))
  const revoke = { input: { publisherKeyId: key.id, reason: 'It was on a laptop that is gone.' } }
  accepted((await stage.publisher.request(RevokePublisherKeyDocument, revoke)).revokePublisherKey)
  expect((await trustOf(sent.package!.id)).signatureStatus).toBe('KEY_REVOKED')

  const next = zipOf({ id: 'outlived', version: '1.1.0' })
  const refused = await submitSigned(next, await signatureOf(next, key.privateKey), key.keyId)
  expect(codesOf(refused)).toEqual(['SIGNATURE_INVALID'])
  const again = (await stage.publisher.request(RevokePublisherKeyDocument, revoke)).revokePublisherKey
  expect(codesOf(again)).toEqual(['INVALID_STATE'])
})

test('a signature that was exchanged in the database is INVALID', async () => {
  const key = await registeredKey('exchanged')
  const file = zipOf({ id: 'exchanged' })
  const sent = accepted(await submitSigned(file, await signatureOf(file, key.privateKey), key.keyId))
  await server.app.database.prisma.package.updateMany({
    where: { plugin: { slug: 'exchanged' } },
    data: { signature: new Uint8Array(64).fill(7) },
  })
  expect((await trustOf(sent.package!.id)).signatureStatus).toBe('INVALID')
})

test('keys that are none, and keys that are there already, are refused', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
    format: 'pem',
    type: 'spki',
  })
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string
  const secret = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
  for (const wrong of ['', 'AAAA', rsa as string, secret, 'x'.repeat(2000)]) {
    const input = { name: 'wrong', publicKey: wrong }
    const { registerPublisherKey } = await stage.publisher.request(RegisterPublisherKeyDocument, { input })
    expect(codesOf(registerPublisherKey)).toEqual(['INVALID_INPUT'])
  }
  const input = { name: 'twice', publicKey: pem }
  accepted((await stage.publisher.request(RegisterPublisherKeyDocument, { input })).registerPublisherKey)
  const twice = await stage.publisher.request(RegisterPublisherKeyDocument, { input })
  expect(codesOf(twice.registerPublisherKey)).toEqual(['ALREADY_EXISTS'])
  expect(twice.registerPublisherKey.userErrors[0]!.message).toContain('in force')
  expect((await refusalOf(stage.operator.request(RegisterPublisherKeyDocument, { input })))?.code).toBe(
    'FORBIDDEN',
  )
})

test('an organization that requires signatures installs nothing else', async () => {
  const key = await registeredKey('for acme')
  const plain = zipOf({ id: 'unsigned-one' })
  const signed = zipOf({ id: 'signed-one' })
  const ids = [
    accepted(
      (await stage.publisher.request(SubmitPackageDocument, { input: { file: plain } })).submitPackage,
    ),
    accepted(await submitSigned(signed, await signatureOf(signed, key.privateKey), key.keyId)),
  ].map((payload) => payload.package!.id)
  for (const id of ids) expect(await review(stage, id)).toBe('APPROVED')
  const require = (requireSignatures: boolean) =>
    stage.admin.request(UpdateOrganizationDocument, {
      input: { organizationId: stage.organizationId, requireSignatures },
    })
  accepted((await require(true)).updateOrganization)
  expect(codesOf(await install(stage, ids[0]!))).toEqual(['SIGNATURE_REQUIRED'])
  accepted(await install(stage, ids[1]!))
  const input = { publisherKeyId: key.id, reason: 'lost' }
  accepted((await stage.publisher.request(RevokePublisherKeyDocument, { input })).revokePublisherKey)
  const later = await install(stage, ids[1]!, { siteId: stage.siteIds[1]! })
  expect(codesOf(later)).toEqual(['SIGNATURE_REQUIRED'])
  accepted((await require(false)).updateOrganization)
  accepted(await install(stage, ids[0]!))
})
