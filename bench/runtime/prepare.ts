import { InstallPluginDocument, SubmitPackageDocument } from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { castRoles, review, setStage } from '../../scripts/lib/cast.ts'
import { graphClient } from '../../scripts/lib/graph-client.ts'
import { packZip } from '../../src/archive/pack.ts'
import { CODE } from './plugin.ts'

/** Never ends, unless it is asked to. */
const LOOP = `import { definePlugin } from 'patchbay'
export default definePlugin({ hooks: { order_check(ctx, order) { while (order.name !== 'rest') {} } } })
`

interface Caller {
  key: string
  siteId: string
}

/** Two organizations: one whose plugins answer at once, one whose plugin never does. */
export interface Prepared {
  calm: Caller
  looping: Caller
}

/** Publishes and installs the plugins through the graph. */
export async function prepareHooks(url: string, adminKey: string, plugins: number): Promise<Prepared> {
  const slugs = Array.from({ length: plugins }, (_, n) => `calm-${n + 1}`)
  return {
    calm: await place(url, adminKey, 'acme', slugs, CODE),
    looping: await place(url, adminKey, 'globex', ['looping'], LOOP),
  }
}

async function place(
  url: string,
  adminKey: string,
  organization: string,
  slugs: readonly string[],
  code: string,
): Promise<Caller> {
  const admin = graphClient(url, adminKey)
  const stage = await setStage(admin, organization)
  const cast = await castRoles(url, admin, stage.organizationId)
  const siteId = stage.siteIds[0]!
  for (const slug of slugs) {
    const file = new File([new Uint8Array(zipOf(slug, code))], 'plugin.zip', { type: 'application/zip' })
    const { submitPackage } = await cast.publisher.request(SubmitPackageDocument, { input: { file } })
    const packageId = accepted(submitPackage).package!.id
    await review(cast, packageId)
    const input = { siteId, packageId, activate: true }
    accepted((await cast.operator.request(InstallPluginDocument, { input })).installPlugin)
  }
  await Promise.all([cast.close(), admin.close()])
  return { key: cast.operatorKey, siteId }
}

function zipOf(slug: string, code: string): Uint8Array {
  const manifest = {
    manifestVersion: 1,
    id: slug,
    name: slug,
    version: '1.0.0',
    description: 'Measures.',
    author: 'Patchbay',
    license: 'MIT',
    type: 'integration',
    entry: 'main.js',
    engines: { host: '>=1.4 <3', api: '^1' },
    permissions: [],
    hooks: ['order_check'],
  }
  const files = { 'manifest.json': JSON.stringify(manifest), 'main.js': code }
  return packZip(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))
}
