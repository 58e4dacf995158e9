import DataLoader from 'dataloader'
import type { App } from '../../app.ts'

/** How many of each webhook's deliveries that have ended got there, 0 to 1; null where none has ended. For many in one query. */
export function successRates(app: App): DataLoader<string, number | null> {
  return new DataLoader(async (webhookIds) => {
    const counts = await app.database.prisma.webhookDelivery.groupBy({
      by: ['webhookId', 'status'],
      where: { webhookId: { in: [...webhookIds] }, status: { in: ['DELIVERED', 'DEAD'] } },
      _count: { _all: true },
    })
    const countOf = (id: string, status: string): number =>
      counts.find((it) => it.webhookId === id && it.status === status)?._count._all ?? 0
    return webhookIds.map((id) => {
      const delivered = countOf(id, 'DELIVERED')
      const ended = delivered + countOf(id, 'DEAD')
      return ended === 0 ? null : delivered / ended
    })
  })
}
