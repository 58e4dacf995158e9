import {
  ActivateInstallationDocument,
  ApprovePackageDocument,
  InstallPluginDocument,
  StartReviewDocument,
  SubmitPackageDocument,
} from '../../../schema/generated/graphql.ts'
import type { GraphClient } from '../../../scripts/lib/graph-client.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { packZip } from '../../../src/archive/pack.ts'

export interface SlowPluginOptions {
  version?: string
  /** Milliseconds that its activation takes. */
  activateMs?: number
}

/**
 * Publishes a plugin whose jobs `work` and `more` take the `ms` of their payload, as its handler of `order.placed` does, which fails where
 * the payload says so. Returns the package's id; needs PATCHBAY_ALLOW_SELF_REVIEW.
 */
export async function publishSlowPlugin(admin: GraphClient, options: SlowPluginOptions): Promise<string> {
  const file = new File([new Uint8Array(packSlowPlugin(options))], 'slow.zip', { type: 'application/zip' })
  const { submitPackage } = await admin.request(SubmitPackageDocument, { input: { file } })
  const input = { packageId: accepted(submitPackage).package!.id }
  accepted((await admin.request(StartReviewDocument, { input })).startReview)
  accepted((await admin.request(ApprovePackageDocument, { input })).approvePackage)
  return input.packageId
}

/** Installs a package at a site and activates it. Returns the installation's id. */
export async function runAtSite(admin: GraphClient, siteId: string, packageId: string): Promise<string> {
  const { installPlugin } = await admin.request(InstallPluginDocument, { input: { siteId, packageId } })
  const installationId = accepted(installPlugin).installation!.id
  const { activateInstallation } = await admin.request(ActivateInstallationDocument, {
    input: { installationId },
  })
  accepted(activateInstallation)
  return installationId
}

function packSlowPlugin({ version = '1.0.0', activateMs = 0 }: SlowPluginOptions): Uint8Array {
  const manifest = {
    manifestVersion: 1,
    id: 'slow',
    name: 'Slow',
    version,
    description: 'Takes its time.',
    author: { name: 'Patchbay' },
    license: 'MIT',
    type: 'workflow',
    entry: 'main.js',
    engines: { host: '*', api: '^1' },
    permissions: [],
    events: ['order.placed'],
    jobs: ['work', 'more'].map((name) => ({ name, timeoutSeconds: 30 })),
  }
  const code = `import { definePlugin, PluginError } from 'patchbay'
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
export default definePlugin({
  events: {
    'order.placed': async (ctx, { payload }) => {
      await pause(payload.ms ?? 0)
      if (payload.fails) throw new PluginError('out of stock')
    },
  },
  jobs: { work: (ctx, { ms }) => pause(ms), more: (ctx, { ms }) => pause(ms) },
  onActivate: async () => { await pause(${activateMs}) },
})
`
  return packZip(
    new Map([
      ['manifest.json', Buffer.from(JSON.stringify(manifest))],
      ['main.js', Buffer.from(code)],
    ]),
  )
}
