import type { PackageReport } from '../../archive/check-package.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { riskOf } from '../../archive/permissions.ts'
import { requireSomewhere } from '../../auth/authorize.ts'
import type { RiskLevel } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import type { Order } from '../../graphql/page.ts'
import { PackageFormatEnum, PackageStatusEnum, RiskLevelEnum } from './enums.ts'
import { signatureStatus } from '../signatures/signature-status.ts'
import { visiblePackages } from './policy.ts'
import { ValidationReport } from './report.ts'

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

const SignatureStatusEnum = builder.enumType('SignatureStatus', {
  values: ['UNSIGNED', 'VALID', 'INVALID', 'KEY_REVOKED'] as const,
})

const PackageSignature = builder
  .objectRef<{ keyId: string; publisher: string }>('PackageSignature')
  .implement({
    fields: (t) => ({
      keyId: t.exposeString('keyId'),
      algorithm: t.string({ resolve: () => 'Ed25519' }),
      publisher: t.exposeString('publisher', { description: 'The name of the registered key.' }),
    }),
  })

const SIGNED = {
  checksum: true,
  signature: true,
  publisherKey: { select: { publicKey: true, revokedAt: true, keyId: true, name: true } },
} as const

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
    signatureStatus: t.field({
      type: SignatureStatusEnum,
      description: "How it stands with its publisher's signature now; it is verified whenever this is asked.",
      select: SIGNED,
      resolve: (row) => signatureStatus(row),
    }),
    signature: t.field({
      type: PackageSignature,
      nullable: true,
      select: SIGNED,
      resolve: ({ signature, publisherKey }) =>
        signature === null || publisherKey === null
          ? null
          : { keyId: publisherKey.keyId, publisher: publisherKey.name },
    }),
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
