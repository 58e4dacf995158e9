import { requireKnown } from '../../auth/authorize.ts'
import { payloadOf } from '../../events/catalog.ts'
import { encodeEventCursor, decodeEventCursor } from '../../events/cursor.ts'
import { currentPosition, missedSince } from '../../events/read-events.ts'
import { builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { idOf } from '../../graphql/global-id.ts'
import { abortable, cursorOf } from '../../graphql/stream.ts'
import { notFound } from '../../lib/errors.ts'
import { visibleDeployments } from './policy.ts'

interface Change {
  cursor: string
  deploymentId: string
  targetId: string | null
}

const DeploymentChange = builder.objectRef<Change>('DeploymentChange').implement({
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    deployment: t.prismaField({
      type: 'Deployment',
      resolve: (query, { deploymentId }, _args, { app }) =>
        app.database.prisma.deployment.findUniqueOrThrow({ ...query, where: { id: deploymentId } }),
    }),
    target: t.prismaField({
      type: 'DeploymentTarget',
      nullable: true,
      description: 'The target that changed; null where only the deployment did.',
      resolve: (query, { targetId }, _args, { app }) => {
        const selection = { ...query }
        if (targetId === null) return null
        return app.database.prisma.deploymentTarget.findUnique({ ...selection, where: { id: targetId } })
      },
    }),
  }),
})

builder.subscriptionField('deploymentProgress', (t) =>
  t.field({
    type: DeploymentChange,
    description:
      'Begins with the present state (unless `after` is given), and ends by itself when the deployment does.',
    args: { deploymentId: t.arg.id({ required: true }), after: t.arg.string() },
    subscribe: async (_root, args, context) => {
      requireKnown(context.actor)
      const deploymentId = idOf('Deployment', args.deploymentId)
      if ((await statusOf(context, deploymentId)) === null) throw notFound('deployment')
      return abortable(context, (signal) => changes(context, deploymentId, args.after ?? null, signal))
    },
    resolve: (change) => change,
  }),
)

async function* changes(
  context: Context,
  deploymentId: string,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<Change, void, undefined> {
  const { app } = context
  const now = await currentPosition(app.database.pool)
  // All that happens behind this place is read: what happened before is in the state itself.
  const present = { from: null, to: now.to, seq: BigInt(Number.MAX_SAFE_INTEGER), index: -1 }
  const stream = app.events.subscribe(after === null ? present : decodeEventCursor(after), signal)
  const status = await statusOf(context, deploymentId)
  if (after === null) yield { cursor: encodeEventCursor(present), deploymentId, targetId: null }
  // One that had ended before has nothing more to tell than what a reader missed who resumes.
  const source =
    status === 'RUNNING'
      ? stream
      : after === null
        ? []
        : missedSince(app.database.pool, decodeEventCursor(after))
  for await (const streamed of source) {
    const { event } = streamed
    if (event.subjectId !== deploymentId) continue
    if (event.type === 'deployment.target_changed') {
      const { targetId } = payloadOf(event, 'deployment.target_changed')
      yield { cursor: cursorOf(streamed), deploymentId, targetId }
    } else if (event.type === 'deployment.finished') {
      yield { cursor: cursorOf(streamed), deploymentId, targetId: null }
      return
    }
  }
}

async function statusOf({ app, actor }: Context, id: string): Promise<string | null> {
  const found = await app.database.prisma.deployment.findFirst({
    where: { AND: [{ id }, visibleDeployments(actor)] },
    select: { status: true },
  })
  return found?.status ?? null
}
