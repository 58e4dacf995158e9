import { codeChecks } from './code-checks.ts'
import { compatibilityChecks } from './compatibility-checks.ts'
import { contributionChecks } from './contribution-checks.ts'
import { dependencyChecks } from './dependency-checks.ts'
import { hostChecks } from './host-checks.ts'
import { identityChecks } from './identity-checks.ts'
import { jobChecks } from './job-checks.ts'
import type { ManifestCheck } from './manifest-check.ts'
import { networkChecks } from './network-checks.ts'
import { permissionChecks } from './permission-checks.ts'
import { routeChecks } from './route-checks.ts'
import { collectionChecks, settingsChecks } from './settings-checks.ts'
import { licenceChecks } from './licence-checks.ts'
import { webhookChecks } from './webhook-checks.ts'
import { unknownKeyChecks } from './unknown-keys.ts'

/** Every check of a manifest beyond the shape of its keys, in the order of the report. */
export const manifestChecks: readonly ManifestCheck[] = [
  ...identityChecks,
  ...licenceChecks,
  ...compatibilityChecks,
  ...codeChecks,
  ...permissionChecks,
  ...networkChecks,
  ...dependencyChecks,
  ...routeChecks,
  ...contributionChecks,
  ...jobChecks,
  ...webhookChecks,
  ...settingsChecks,
  ...collectionChecks,
  ...hostChecks,
  ...unknownKeyChecks,
]
