import type { App } from './app.ts'
import { describeApiKey } from './auth/api-key.ts'
import { ensureSigningKey } from './features/packages/sign-approved.ts'
import { ENTERPRISE_REGISTRY } from './features/packages/open-registry.ts'
import { newId } from './lib/ids.ts'
import { inTransaction, isUniqueViolation } from './platform/database.ts'
import { keyFingerprint } from './platform/crypto.ts'
import { StartError } from './platform/start-error.ts'

/** What every Patchbay has from its first start on: the ENTERPRISE registry, and a key that may do everything. */
export async function bootstrap(app: App, adminKey: string | null): Promise<void> {
  await agreeOnMasterKey(app)
  const { prisma } = app.database
  const createdAt = app.clock.now()
  await prisma.registry.createMany({
    data: [
      {
        id: newId(),
        slug: ENTERPRISE_REGISTRY,
        name: 'Enterprise',
        type: 'ENTERPRISE',
        createdAt,
      },
    ],
    skipDuplicates: true,
  })
  await ensureSigningKey(app)
  if (adminKey !== null) await ensureAdminKey(app, adminKey)
}

/** Two processes with different master keys would each write secrets that the other cannot read. */
async function agreeOnMasterKey(app: App): Promise<void> {
  const { prisma } = app.database
  const mine = keyFingerprint(app.masterKey)
  await prisma.serviceSetting.createMany({ data: [{ name: 'masterKey', value: mine }], skipDuplicates: true })
  const { value } = await prisma.serviceSetting.findUniqueOrThrow({ where: { name: 'masterKey' } })
  if (value === mine) return
  throw new StartError(
    `PATCHBAY_SECRETS_KEY is not the key with which this database's secrets are encrypted (${JSON.stringify(value)}): give that one.`,
  )
}

async function ensureAdminKey(app: App, secret: string): Promise<void> {
  const { prefix, hash } = describeApiKey(secret)
  const known = await app.database.prisma.apiKey.count({ where: { hash } })
  if (known > 0) return
  const id = newId()
  const createdAt = app.clock.now()
  const making = inTransaction(app.database.prisma, async (tx) => {
    await tx.principal.create({ data: { id, kind: 'API_KEY', createdAt }, select: { id: true } })
    await tx.membership.create({
      data: { id: newId(), principalId: id, organizationId: null, role: 'ADMIN' },
      select: { id: true },
    })
    await tx.apiKey.create({ data: { id, name: 'admin', prefix, hash, createdAt }, select: { id: true } })
  })
  await making.catch((error: unknown) => {
    // Another process that starts at the same time was faster.
    if (!isUniqueViolation(error)) throw error
  })
}
