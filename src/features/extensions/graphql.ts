import type { Manifest } from '../../archive/manifest.ts'
import { requireSomewhere } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { ExtensionPointKind } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { payloadType, type PayloadBase } from '../../graphql/payload.ts'
import type { JsonValue } from '../../lib/json.ts'
import { visiblePackages, visiblePlugins } from '../packages/policy.ts'
import { defineExtensionPoint } from './define-extension-point.ts'
import { subscriberCounter } from './subscribers.ts'

interface Point {
  kind: ExtensionPointKind
  name: string
  description: string
  payloadSchema: JsonValue
}

/** Looked at in the database: few plugins add hooks, and manifests are large. */
const ADDS_HOOKS: Prisma.PackageWhereInput = {
  manifest: { path: ['contributes', 'hooks', '0'], string_starts_with: '' },
}
const COUNTER = Symbol('subscribers of extension points')

const Kind = builder.enumType('ExtensionPointKind', { values: Object.values(ExtensionPointKind) })

const ExtensionPoint = builder.objectRef<Point>('ExtensionPoint').implement({
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'A hook, event, filter, module or resource of the host, or one that a plugin adds.',
    }),
    kind: t.field({ type: Kind, resolve: ({ kind }) => kind }),
    description: t.exposeString('description'),
    payloadSchema: t.field({
      type: 'JSON',
      nullable: true,
      description: 'JSON Schema 2020-12 of what is passed.',
      resolve: ({ payloadSchema }) => payloadSchema,
    }),
    subscribers: t.int({
      description: 'Running installations that use it, of those that you may see.',
      resolve: async ({ kind, name }, _args, { app, actor, loaders }) => {
        const count = await loaderOf(loaders, COUNTER, () => subscriberCounter(app, actor))
        return count(kind, name)
      },
    }),
  }),
})

builder.queryField('extensionPoints', (t) =>
  t.field({
    type: [ExtensionPoint],
    description: 'What the host offers to plugins, and the hooks that plugins add, by kind and name.',
    resolve: async (_root, _args, { app, actor }): Promise<Point[]> => {
      requireSomewhere(actor, 'plugins:read')
      const host = await app.database.prisma.extensionPoint.findMany({
        orderBy: [{ kind: 'asc' }, { name: 'asc' }],
      })
      const plugins = await app.database.prisma.plugin.findMany({
        where: {
          AND: [visiblePlugins(actor), { latestPackage: { AND: [ADDS_HOOKS, visiblePackages(actor)] } }],
        },
        orderBy: { slug: 'asc' },
        select: { name: true, latestPackage: { select: { manifest: true } } },
      })
      const added = plugins.flatMap(({ name: plugin, latestPackage }) =>
        (latestPackage!.manifest as unknown as Manifest).contributes.hooks.map((name) => ({
          kind: 'HOOK' as const,
          name,
          description: `A hook of the plugin ${plugin}.`,
          payloadSchema: null,
        })),
      )
      return [...host.map((row) => ({ ...row, payloadSchema: row.payloadSchema as JsonValue })), ...added]
    },
  }),
)

const ExtensionPointPayload = payloadType<
  PayloadBase & { point?: { kind: ExtensionPointKind; name: string } }
>('ExtensionPointPayload', (t) => ({
  extensionPoint: t.field({
    type: ExtensionPoint,
    nullable: true,
    resolve: async ({ point }, _args, { app }) => {
      if (point === undefined) return null
      const row = await app.database.prisma.extensionPoint.findUniqueOrThrow({ where: { kind_name: point } })
      return { ...row, payloadSchema: row.payloadSchema as JsonValue }
    },
  }),
}))

mutation('defineExtensionPoint', {
  description:
    'Tells the registry what the host application offers. From the first of a kind on, manifests may name only those.',
  input: mutationInput('DefineExtensionPointInput', {
    description:
      'Tells the registry what the host application offers: hooks, events, filters, modules and resources that manifests may name.',
    fields: (t) => ({
      kind: t.field({ type: Kind, required: true }),
      name: t.string({ required: true }),
      description: t.string({ required: true }),
      payloadSchema: t.field({ type: 'JSON' }),
    }),
  }),
  payload: ExtensionPointPayload,
  answer: ({ payload }) => ({ point: { kind: payload['kind'], name: payload['name'] } as never }),
  run: async (input, { app, actor }) => ({
    point: await defineExtensionPoint(app, actor, {
      ...input,
      payloadSchema: input.payloadSchema ?? undefined,
    }),
  }),
})
