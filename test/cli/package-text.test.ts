import { expect, test } from 'vitest'
import { detailLines, standing } from '../../src/cli/package-text.ts'
import type { CliPackageFragment } from '../../schema/generated/graphql.ts'

const approved: CliPackageFragment = {
  id: 'x',
  version: '1.0.0',
  status: 'APPROVED',
  statusReason: null,
  checksum: 'ab',
  size: 1,
  format: 'ZIP',
  submittedAt: '2026-01-01T00:00:00.000Z',
  signatureStatus: 'UNSIGNED',
  approvalsNeeded: 2,
  approvalsGiven: 2,
  deprecated: null,
  yankedAt: null,
  yankReason: null,
  permissions: [
    { permission: 'users:write', risk: 'HIGH', granted: false },
    { permission: 'mail:send', risk: 'MEDIUM', granted: true },
  ],
  plugin: { id: 'p', slug: 'hello', name: 'Hello' },
  registry: { slug: 'enterprise', name: 'Enterprise' },
  replacement: null,
  submittedBy: null,
  heldBy: null,
  reviews: [],
  validation: { riskLevel: 'HIGH', findings: [] },
}

test('a yanked version is not said to be installable', () => {
  expect(standing(approved)).toContain('can be installed')
  expect(standing({ ...approved, yankedAt: '2026-01-02T00:00:00.000Z' })).toBe(
    'is approved but was yanked: it is not installed anew',
  )
})

test('status tells which permissions were refused, and which make the risk HIGH', () => {
  const lines = [...detailLines(approved, { paint: (_, text) => text })].join('\n')
  expect(lines).toMatch(/refused +users:write \(asked for, not granted\)/)
  expect(lines).toMatch(/risk +HIGH \(users:write: two reviewers must approve\)/)
})
