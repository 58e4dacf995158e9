import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { LicenseTypeEnum } from './graphql.ts'
import { issueLicense } from './issue-license.ts'
import { reinstateLicense } from './reinstate-license.ts'
import { renewLicense } from './renew-license.ts'
import { revokeLicense } from './revoke-license.ts'
import { suspendLicense } from './suspend-license.ts'

const LicensePayload = payloadType<PayloadBase & { licenseId?: string }>('LicensePayload', (t) => ({
  license: entityField(t, 'License', 'license', (payload) => payload.licenseId),
}))

mutation('issueLicense', {
  description: "Issues a licence with a new key. Needs licenses:manage for the plugin's owner.",
  input: mutationInput('IssueLicenseInput', {
    fields: (t) => ({
      pluginId: t.id({ required: true }),
      type: t.field({ type: LicenseTypeEnum, required: true }),
      organizationId: t.id({ description: 'Left out for a FREE or DEVELOPER one: of whoever has the key.' }),
      siteId: t.id({ description: 'Needed for a SITE licence.' }),
      maxInstallations: t.int({ description: 'Left out: no limit; one for a SITE licence.' }),
      startsAt: t.field({ type: 'DateTime', description: 'Left out: now.' }),
      expiresAt: t.field({
        type: 'DateTime',
        description: "Left out: never. A trial is as long as its plugin's licence policy says.",
      }),
      gracePeriodDays: t.int({ description: 'Days after the expiry in which all runs on; 0 to 365.' }),
      entitlements: t.stringList(),
    }),
  }),
  payload: LicensePayload,
  answer: 'licenseId',
  run: async (input, { app, actor }) => ({
    licenseId: await issueLicense(app, actor, {
      pluginId: idOf('Plugin', input.pluginId),
      type: input.type,
      organizationId: optionalIdOf('Organization', input.organizationId),
      siteId: optionalIdOf('Site', input.siteId),
      maxInstallations: input.maxInstallations ?? undefined,
      startsAt: input.startsAt ?? undefined,
      expiresAt: input.expiresAt ?? undefined,
      gracePeriodDays: input.gracePeriodDays ?? undefined,
      entitlements: input.entitlements ?? undefined,
    }),
  }),
})

const LicenseInput = mutationInput('LicenseInput', {
  fields: (t) => ({
    licenseId: t.id({ required: true }),
    reason: t.string({ description: 'Needed to suspend and to revoke.' }),
  }),
})

mutation('suspendLicense', {
  description: 'Takes a licence out of force until it is reinstated: what runs by it stops at once.',
  input: LicenseInput,
  payload: LicensePayload,
  answer: 'licenseId',
  run: async ({ licenseId, reason }, { app, actor }) => ({
    licenseId: await suspendLicense(app, actor, {
      licenseId: idOf('License', licenseId),
      reason: reason ?? undefined,
    }),
  }),
})

mutation('reinstateLicense', {
  description: 'Puts a suspended licence into force again: what is ACTIVE by it runs on.',
  input: LicenseInput,
  payload: LicensePayload,
  answer: 'licenseId',
  run: async ({ licenseId }, { app, actor }) => ({
    licenseId: await reinstateLicense(app, actor, { licenseId: idOf('License', licenseId) }),
  }),
})

mutation('revokeLicense', {
  description: 'Ends a licence for good: what runs by it stops at once.',
  input: LicenseInput,
  payload: LicensePayload,
  answer: 'licenseId',
  run: async ({ licenseId, reason }, { app, actor }) => ({
    licenseId: await revokeLicense(app, actor, {
      licenseId: idOf('License', licenseId),
      reason: reason ?? undefined,
    }),
  }),
})

mutation('renewLicense', {
  description: 'Lets a licence expire later.',
  input: mutationInput('RenewLicenseInput', {
    fields: (t) => ({
      licenseId: t.id({ required: true }),
      expiresAt: t.field({ type: 'DateTime', required: true }),
    }),
  }),
  payload: LicensePayload,
  answer: 'licenseId',
  run: async ({ licenseId, expiresAt }, { app, actor }) => ({
    licenseId: await renewLicense(app, actor, { licenseId: idOf('License', licenseId), expiresAt }),
  }),
})
