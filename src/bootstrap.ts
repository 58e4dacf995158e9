import type { App } from './app.ts'
import { describeApiKey } from './auth/api-key.ts'
import { ensureSigningKey } from './features/packages/sign-approved.ts'
import { ENTERPRISE_REGISTRY } from './features/packages/open-registry.ts'
import { newId } from './lib/ids.ts'
import { inTransaction, isUniqueViolation } from './platform/database.ts'
import { nameOfKeyInForce } from './platform/master-keys.ts'
import { StartError } from './platform/start-error.ts'

/** What every Patchbay has from its first start on: the ENTERPRISE registry, and a key that may do everything. */
export async function bootstrap(app: App, adminKey: string | null): Promise<void> {
  await requireKeyInForce(app)
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

/** Asked once more now that this process is registered: a rotation that began before did not know of it. */
async function requireKeyInForce({ database, masterKeys }: App): Promise<void> {
  if (masterKeys.get(await nameOfKeyInForce(database.prisma)) !== undefined) return
  throw new StartError('PATCHBAY_SECRETS_KEY has just been changed for this database: give the new one.')
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
