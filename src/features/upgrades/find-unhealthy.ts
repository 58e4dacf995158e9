import type { App } from '../../app.ts'
import type { RecordedSample } from '../../events/catalog.ts'

/** Of measurements, those UNHEALTHY ones that bring a former version back: of what is on probation, and taken in that time. */
export async function findUnhealthy(
  app: App,
  samples: readonly RecordedSample[],
): Promise<{ installationId: string; reason: string }[]> {
  const unhealthy = samples.filter(({ status }) => status === 'UNHEALTHY')
  if (unhealthy.length === 0) return []
  const rows = await app.database.prisma.installation.findMany({
    where: {
      id: { in: unhealthy.map(({ installationId }) => installationId) },
      status: 'ACTIVE',
      supersededById: null,
      probationEndsAt: { not: null },
    },
    select: { id: true, activatedAt: true, probationEndsAt: true, healthMessage: true },
  })
  return rows.flatMap(({ id, activatedAt, probationEndsAt, healthMessage }) => {
    const sample = unhealthy.find((it) => {
      const at = new Date(it.recordedAt)
      return it.installationId === id && activatedAt! <= at && at <= probationEndsAt!
    })
    if (sample === undefined) return []
    const reason = healthMessage ?? `UNHEALTHY was reported at ${sample.recordedAt}.`
    return [{ installationId: id, reason }]
  })
}
