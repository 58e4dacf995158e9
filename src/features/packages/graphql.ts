import type { PackageReport } from '../../archive/check-package.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { riskOf } from '../../archive/permissions.ts'
import { requireSomewhere } from '../../auth/authorize.ts'
import type { RiskLevel } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { entityField, mutation, payloadType, type PayloadBase } from '../../graphql/mutation.ts'
import type { Order } from '../../graphql/page.ts'
import { RequestError } from '../../lib/errors.ts'
import { PackageFormatEnum, PackageStatusEnum, RiskLevelEnum } from './enums.ts'
import { visiblePackages } from './policy.ts'
import { ValidationReport } from './report.ts'
import { submitPackage } from './submit-package.ts'

interface PermissionRow {
  permission: string
  risk: RiskLevel
  reason: string | null
  granted: boolean | null
}

const PermissionRequest = builder.objectRef<PermissionRow>('PermissionRequest').implement({
  fields: (t) => ({
    permission: t.exposeString('permission'),
    risk: t.field({ type: RiskLevelEnum, resolve: (request) => request.risk }),
    reason: t.exposeString('reason', { nullable: true, description: "The publisher's words." }),
    granted: t.boolean({
      nullable: true,
      description: 'null before the review decided',
      resolve: (request) => request.granted,
    }),
  }),
})

const Dependency = builder.prismaObject('PackageDependency', {
  name: 'Dependency',
  select: { packageId: true, slug: true },
  fields: (t) => ({
    slug: t.exposeString('slug'),
    range: t.expose('range', { type: 'SemVerRange' }),
    optional: t.exposeBoolean('optional'),
  }),
})

builder.prismaNode('Package', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visiblePackages(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    plugin: t.relation('plugin'),
    registry: t.relation('registry'),
    version: t.expose('version', { type: 'SemVer' }),
    status: t.expose('status', { type: PackageStatusEnum }),
    format: t.expose('format', { type: PackageFormatEnum }),
    manifest: t.expose('manifest', { type: 'JSON' }),
    checksum: t.exposeString('checksum', {
      description: 'SHA-256 of the archive, hex. Computed on upload, verified at every read.',
    }),
    size: t.exposeInt('size'),
    permissions: t.field({
      type: [PermissionRequest],
      select: { manifest: true, grantedPermissions: true },
      resolve: (row) =>
        permissionRows(row.manifest as unknown as Manifest, row.grantedPermissions as string[] | null),
    }),
    dependencies: t.relation('dependencies', { type: Dependency, query: { orderBy: { slug: 'asc' } } }),
    validation: t.field({
      type: ValidationReport,
      select: { validation: true },
      resolve: (row) => row.validation as unknown as PackageReport,
    }),
    submittedAt: t.expose('submittedAt', { type: 'DateTime' }),
    reviews: t.relation('reviews', {
      description: 'Every decision about it, oldest first.',
      query: { orderBy: { id: 'asc' } },
    }),
    statusReason: t.exposeString('statusReason', { nullable: true }),
    changelog: t.exposeString('changelog', { nullable: true }),
  }),
})

function permissionRows(manifest: Manifest, granted: string[] | null): PermissionRow[] {
  return manifest.permissions.map(({ permission, reason }) => ({
    permission,
    risk: riskOf(permission, manifest),
    reason,
    granted: granted === null ? null : granted.includes(permission),
  }))
}

const PackageFilter = builder.inputType('PackageFilter', {
  fields: (t) => ({
    status: t.field({ type: [PackageStatusEnum] }),
    pluginId: t.id(),
    registryId: t.id(),
    minRisk: t.field({ type: RiskLevelEnum }),
  }),
})

const PackageOrder = builder.enumType('PackageOrder', {
  values: ['SUBMITTED_ASC', 'SUBMITTED_DESC', 'VERSION_DESC'] as const,
})

const ORDERS: Record<'SUBMITTED_ASC' | 'SUBMITTED_DESC' | 'VERSION_DESC', Order> = {
  SUBMITTED_ASC: {
    name: 'submitted-asc',
    columns: [
      { field: 'submittedAt', direction: 'asc', type: 'time' },
      { field: 'id', direction: 'asc' },
    ],
  },
  SUBMITTED_DESC: {
    name: 'submitted',
    columns: [
      { field: 'submittedAt', direction: 'desc', type: 'time' },
      { field: 'id', direction: 'desc' },
    ],
  },
  VERSION_DESC: {
    name: 'version',
    columns: [
      { field: 'versionKey', direction: 'desc' },
      { field: 'id', direction: 'desc' },
    ],
  },
}

const RISKS: RiskLevel[] = ['LOW', 'MEDIUM', 'HIGH']

rootConnection('packages', {
  node: 'Package',
  model: 'package',
  args: (arg) => ({ filter: arg({ type: PackageFilter }), orderBy: arg({ type: PackageOrder }) }),
  order: (args) => ORDERS[args.orderBy ?? 'SUBMITTED_DESC'],
  where: ({ filter }, { actor }) => {
    requireSomewhere(actor, 'plugins:read')
    const pluginId = optionalIdOf('Plugin', filter?.pluginId)
    const registryId = optionalIdOf('Registry', filter?.registryId)
    return {
      AND: [
        visiblePackages(actor),
        filter?.status ? { status: { in: filter.status } } : {},
        pluginId === undefined ? {} : { pluginId },
        registryId === undefined ? {} : { registryId },
        filter?.minRisk ? { riskLevel: { in: RISKS.slice(RISKS.indexOf(filter.minRisk)) } } : {},
      ],
    }
  },
})

interface SubmitPayload extends PayloadBase {
  packageId?: string
  report?: PackageReport
}

const SubmitPackagePayload = payloadType<SubmitPayload>('SubmitPackagePayload', (t) => ({
  package: entityField(t, 'Package', 'package', (payload) => payload.packageId),
  validation: t.field({
    type: ValidationReport,
    nullable: true,
    resolve: (payload) => payload.report ?? null,
  }),
}))

mutation('submitPackage', {
  description:
    'Submits a plugin archive (ZIP or .mpk). Refused ones leave nothing behind; the report says why.',
  input: builder.inputType('SubmitPackageInput', {
    fields: (t) => ({
      registryId: t.id({ description: "Left out: the platform's ENTERPRISE registry." }),
      file: t.field({ type: 'File', description: 'The bytes, as a part of a multipart request.' }),
      checksum: t.string({
        description: 'SHA-256 hex that the sender computed; a mismatch refuses the upload.',
      }),
      changelog: t.string(),
    }),
  }),
  payload: SubmitPackagePayload,
  run: async (input, { app, actor }) => {
    if (!input.file) {
      throw new RequestError(
        'BAD_USER_INPUT',
        'submitPackage needs `input.file`, sent as a multipart request.',
      )
    }
    const result = await submitPackage(app, actor, {
      registryId: optionalIdOf('Registry', input.registryId),
      bytes: new Uint8Array(await input.file.arrayBuffer()),
      checksum: input.checksum ?? undefined,
      changelog: input.changelog ?? undefined,
    })
    return result
  },
})
