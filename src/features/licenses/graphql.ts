import { can, reachOf, requireSomewhere, withinReach } from '../../auth/authorize.ts'
import { LicenseStatus, LicenseType } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import type { Context } from '../../graphql/context.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { LICENSE_CODES } from './license-check.ts'
import { openLicenseKey } from './license-key.ts'
import { canSeeAllSeats, canSeeLicenseKey, LICENSE_PLACE, visibleLicenses } from './policy.ts'
import { validateLicense, type LicenseValidation } from './validate-license.ts'

export const LicenseTypeEnum = builder.enumType('LicenseType', { values: Object.values(LicenseType) })
const LicenseStatusEnum = builder.enumType('LicenseStatus', { values: Object.values(LicenseStatus) })

builder.prismaNode('License', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleLicenses(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    plugin: t.relation('plugin'),
    organization: t.field({
      type: 'Organization' as never,
      nullable: true,
      description:
        'Whose it is; null for one of whoever has its key, and where you may not see the organization.',
      select: (_args: object, _context: object, nested: (selection: object) => object) => ({
        organizationId: true,
        organization: nested({}),
      }),
      resolve: (row, _args, { actor }) => ofVisible(row, 'organization', actor) as never,
    }),
    site: t.field({
      type: 'Site' as never,
      nullable: true,
      description: 'The one site for which it is.',
      select: (_args: object, _context: object, nested: (selection: object) => object) => ({
        organizationId: true,
        site: nested({}),
      }),
      resolve: (row, _args, { actor }) => ofVisible(row, 'site', actor) as never,
    }),
    type: t.expose('type', { type: LicenseTypeEnum }),
    status: t.expose('status', { type: LicenseStatusEnum }),
    statusReason: t.exposeString('statusReason', {
      nullable: true,
      description: 'Why it was suspended or revoked.',
    }),
    key: t.string({
      description: 'Shown in full to who may manage licences, else its last four characters.',
      select: { id: true, sealedKey: true, keyEnd: true, ...LICENSE_PLACE },
      resolve: (row, _args, { app, actor }) =>
        canSeeLicenseKey(actor, row) ? openLicenseKey(app, row.id, row.sealedKey) : row.keyEnd,
    }),
    maxInstallations: t.exposeInt('maxInstallations', {
      nullable: true,
      description: 'Sites that may run by it; null: as many as they like.',
    }),
    usedInstallations: t.int({
      description: 'Seats that are taken; where it is of whoever has its key, those of your sites.',
      select: ((_args: object, { actor }: Context) => ({
        usedInstallations: true,
        ...LICENSE_PLACE,
        _count: {
          select: { seats: { where: { site: withinReach(reachOf(actor, 'licenses:read')) } } },
        },
      })) as never,
      resolve: (parent, _args, { actor }) => {
        const row = parent as unknown as Parameters<typeof canSeeAllSeats>[1] & SeatCount
        return canSeeAllSeats(actor, row) ? row.usedInstallations : row._count.seats
      },
    }),
    startsAt: t.expose('startsAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    gracePeriodDays: t.exposeInt('gracePeriodDays'),
    entitlements: t.exposeStringList('entitlements'),
    certificate: t.exposeString('certificate', {
      description: 'A signed token (Ed25519) with which a site can check the licence with no connection.',
    }),
  }),
})

interface SeatCount {
  usedInstallations: number
  _count: { seats: number }
}

/** The organization, or a site of it, where the viewer may see them: whose plugin it is need not know its customers. */
function ofVisible(row: unknown, what: 'organization' | 'site', actor: Context['actor']): unknown {
  const { organizationId, ...related } = row as { organizationId: string | null } & Record<string, unknown>
  if (organizationId === null || !can(actor, 'tenancy:read', organizationId)) return null
  return related[what]
}

rootConnection('licenses', {
  description: 'Licences of your organizations, and of their plugins.',
  node: 'License',
  model: 'license',
  args: (arg) => ({
    pluginId: arg.id(),
    organizationId: arg.id(),
    status: arg({ type: [LicenseStatusEnum] }),
    expiresBefore: arg({ type: 'DateTime' }),
  }),
  where: (args, { actor }) => {
    requireSomewhere(actor, 'licenses:read')
    const pluginId = optionalIdOf('Plugin', args.pluginId)
    const organizationId = optionalIdOf('Organization', args.organizationId)
    return {
      AND: [
        visibleLicenses(actor),
        pluginId === undefined ? {} : { pluginId },
        organizationId === undefined ? {} : { organizationId },
        args.status ? { status: { in: args.status } } : {},
        args.expiresBefore ? { expiresAt: { lt: args.expiresBefore } } : {},
      ],
    }
  },
})

const LicenseValidationCodeEnum = builder.enumType('LicenseValidationCode', { values: LICENSE_CODES })

const LicenseValidationType = builder.objectRef<LicenseValidation>('LicenseValidation').implement({
  description: 'Whether a licence key serves for a plugin at a site; the first thing that is wrong with it.',
  fields: (t) => ({
    valid: t.exposeBoolean('valid'),
    code: t.expose('code', { type: LicenseValidationCodeEnum }),
    detail: t.exposeString('detail'),
    license: t.prismaField({
      type: 'License',
      nullable: true,
      description: 'Null also where you may not see it.',
      resolve: (query, { licenseId }, _args, { app, actor }) => {
        const found = { ...query, where: { AND: [{ id: licenseId ?? '' }, visibleLicenses(actor)] } }
        return licenseId === null ? null : app.database.prisma.license.findFirst(found)
      },
    }),
  }),
})

builder.queryField('validateLicense', (t) =>
  t.field({
    type: LicenseValidationType,
    description: 'Checks a licence key as installing would, and takes nothing.',
    args: {
      key: t.arg.string({ required: true }),
      siteId: t.arg.id({ required: true }),
      pluginId: t.arg.id({ required: true }),
    },
    resolve: (_root, { key, siteId, pluginId }, { app, actor }) =>
      validateLicense(app, actor, {
        key,
        siteId: idOf('Site', siteId),
        pluginId: idOf('Plugin', pluginId),
      }),
  }),
)
