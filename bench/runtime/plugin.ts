import type { PluginCall } from '../../src/runtime/plugin-call.ts'

/** A hook that answers at once, as small as plugins are. */
export const CODE = `import { definePlugin } from 'patchbay'
export default definePlugin({ hooks: { order_check: async (ctx, order) => ({ ok: true, name: order.name }) } })
`

/** A call of a plugin with that code; each installation has a package of its own. */
export function callOf(installation: string, organization: string, code = CODE): PluginCall {
  const digest = `digest of ${installation}`
  return {
    organization,
    installation,
    digest,
    loadCode: async () => ({ digest, entry: 'main.js', modules: new Map([['main.js', code]]) }),
    kind: 'HOOK',
    name: 'order_check',
    args: [{ name: 'north' }],
    context: {
      plugin: { id: 'bench', version: '1.0.0' },
      site: { id: 'site', slug: 'north', name: 'North' },
      organization: { id: organization, slug: 'acme', name: 'Acme' },
      settings: { interval: 15 },
      permissions: [],
    },
    capabilities: {},
    limits: { timeoutMs: 5000, memoryMb: 100 },
  }
}
