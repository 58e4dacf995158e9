import type { App } from '../../app.ts'

/** Remembers whether a package's code has a health handler. Where it has none, none of its installations is asked again. */
export async function rememberHandler(app: App, packageId: string, hasHealth: boolean): Promise<void> {
  const { prisma } = app.database
  await prisma.package.updateMany({ where: { id: packageId, hasHealth: null }, data: { hasHealth } })
  if (hasHealth) return
  await prisma.installation.updateMany({
    where: { packageId, healthDueAt: { not: null } },
    data: { healthDueAt: null },
  })
}
