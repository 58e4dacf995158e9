import type { App } from '../../app.ts'
import { endLicenses } from './end-licenses.ts'
import { expireLicenses } from './expire-licenses.ts'
import { tellExpiring } from './tell-expiring.ts'

/**
 * What time does to licences, done by each worker every minute, and also late where none was there: tells of those that
 * expire soon, marks those that have expired, and deactivates what ran by those whose grace period is over. That nothing
 * runs by them since then does not wait for this (`running`).
 */
export async function followLicenses(app: App): Promise<void> {
  await untilDone(() => tellExpiring(app))
  await untilDone(() => expireLicenses(app))
  await untilDone(() => endLicenses(app))
}

/** Batch after batch, until one is not full. */
async function untilDone(batch: () => Promise<boolean>): Promise<void> {
  while (await batch());
}
