import { InstallPluginDocument, SubmitPackageDocument } from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { castRoles, review, setStage } from '../../scripts/lib/cast.ts'
import { graphClient } from '../../scripts/lib/graph-client.ts'
import { packZip } from '../../src/archive/pack.ts'
import type { Side } from '../serving.ts'
import { CODE } from './plugin.ts'

export interface Caller {
  key: string
  siteId: string
}

/** A plugin to be published, with what its manifest says beyond the rest. */
export interface Written {
  slug: string
  code: string
  manifest?: Record<string, object>
}

/** So many that answer a hook at once. */
export function calmPlugins(number: number): Written[] {
  return Array.from({ length: number }, (_, n) => ({ slug: `calm-${n + 1}`, code: CODE }))
}

/** Makes an organization, and publishes and installs plugins at its first site. */
export async function place(
  url: string,
  adminKey: string,
  organization: string,
  plugins: readonly Written[],
): Promise<Caller> {
  const admin = graphClient(url, adminKey)
  const stage = await setStage(admin, organization)
  const cast = await castRoles(url, admin, stage.organizationId)
  const siteId = stage.siteIds[0]!
  for (const plugin of plugins) {
    const file = new File([new Uint8Array(zipOf(plugin))], 'plugin.zip', { type: 'application/zip' })
    const { submitPackage } = await cast.publisher.request(SubmitPackageDocument, { input: { file } })
    const packageId = accepted(submitPackage).package!.id
    await review(cast, packageId)
    const input = { siteId, packageId, activate: true }
    accepted((await cast.operator.request(InstallPluginDocument, { input })).installPlugin)
  }
  await Promise.all([cast.close(), admin.close()])
  return { key: cast.operatorKey, siteId }
}

function zipOf({ slug, code, manifest: rest }: Written): Uint8Array {
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
    ...rest,
  }
  const files = { 'manifest.json': JSON.stringify(manifest), 'main.js': code }
  return packZip(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))
}

/** Requests that dispatch a hook at the caller's site. */
export function dispatchSide(
  { key, siteId, child, url }: Caller & Pick<Side, 'child' | 'url'>,
  hook: string,
  payload: object,
): Side {
  const query = `mutation ($input: DispatchHookInput!) { dispatchHook(input: $input) { results { invocation { outcome } } userErrors { message } } }`
  return graphSide({ key, child, url }, query, { input: { siteId, hook, payload } })
}

/** Requests that ask the graph. */
export function graphSide(
  { key, child, url }: Pick<Caller, 'key'> & Pick<Side, 'child' | 'url'>,
  query: string,
  variables: object,
): Side {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const body = JSON.stringify({ query, variables })
  return { name: '', child, url, path: '/graphql', body, headers, rates: [], cpu: [] }
}
