import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { examplesFolder } from '../../scripts/lib/example-packages.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { openExample } from '../support/example-host.ts'

const service = { id: 'cust-1042', router: 'pop-north', plan: 'home-50' }

/** What the host has given out at pop-north. */
function taken(...ports: string[]): JsonObject[] {
  return ports.map((port, index) => ({
    router: 'pop-north',
    port,
    address: `10.20.0.${index + 3}`,
    service: `other-${index}`,
  }))
}

describe('service_provision', () => {
  test('a service gets the first free port and address, as the README shows', async () => {
    const host = await openExample('mikrotik')
    const { outcome, value } = await host.call('HOOK', 'service_provision', service)
    expect(outcome).toBe('OK')
    const readme = await readFile(join(examplesFolder, 'mikrotik/README.md'), 'utf8')
    expect(value).toEqual(JSON.parse(/```json\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''))
  })

  test('what is taken is passed over, whichever router else has it', async () => {
    const host = await openExample('mikrotik')
    const allocations = [
      ...taken('ether2', 'ether3'),
      { router: 'pop-south', port: 'ether4', address: '10.20.0.5' },
    ]
    const { value } = await host.call('HOOK', 'service_provision', { ...service, allocations })
    expect(value).toMatchObject({ port: 'ether4', address: '10.20.0.5/28' })
  })

  test('a service that already has its allocation keeps it', async () => {
    const host = await openExample('mikrotik')
    const allocations = [
      { router: 'pop-north', port: 'ether4', address: '10.20.0.9/28', service: service.id },
    ]
    const { value } = await host.call('HOOK', 'service_provision', { ...service, allocations })
    expect(value).toMatchObject({ port: 'ether4', address: '10.20.0.9/28' })
  })

  test.each([
    [
      'NO_PORT',
      { allocations: taken('ether2', 'ether3', 'ether4') },
      'Every customer port of pop-north is in use.',
    ],
    [
      'UNKNOWN_ROUTER',
      { router: 'pop-west' },
      'There is no router "pop-west"; there are pop-north, pop-south.',
    ],
    ['PLAN_UNSUPPORTED', { plan: 'home-9000' }, 'pop-north cannot carry the plan "home-9000".'],
    ['PLAN_UNSUPPORTED', { router: 'pop-south', plan: 'business-500' }, 'pop-south cannot carry'],
    ['PORT_UNKNOWN', { port: 'ether1' }, 'pop-north has no customer port ether1.'],
    ['PORT_TAKEN', { port: 'ether3', allocations: taken('ether3') }, 'Port ether3 of pop-north is in use.'],
    ['INVALID_SERVICE', { id: 'x"; /system reset' }, 'id must be 1 to 63 letters'],
    ['INVALID_SERVICE', { allocations: [{}] }, 'allocations must be a list'],
  ])('%s aborts the workflow: %j', async (code, change, message) => {
    const host = await openExample('mikrotik')
    const result = await host.call('HOOK', 'service_provision', { ...service, ...change })
    expect(result).toMatchObject({ outcome: 'ABORTED', error: { name: 'PluginError', code } })
    expect(result.error?.message).toContain(message)
  })

  test.each([null, [], 'service', 7, {}])(
    'a payload that is no service aborts with all that is wrong: %j',
    async (payload) => {
      const host = await openExample('mikrotik')
      const result = await host.call('HOOK', 'service_provision', payload)
      expect(result).toMatchObject({ outcome: 'ABORTED', error: { code: 'INVALID_SERVICE' } })
      expect(result.error?.details).toEqual({
        problems: expect.toSatisfy((list: string[]) => list.length === 3),
      })
    },
  )

  test('a pool without a free address aborts, and its gateway and broadcast address are never given out', async () => {
    const configuration = { routers: [{ name: 'tiny', ports: ['a', 'b'], ipPool: '10.0.0.0/30' }] }
    const host = await openExample('mikrotik', { configuration })
    const first = await host.call('HOOK', 'service_provision', { ...service, router: 'tiny' })
    expect(first.value).toMatchObject({ address: '10.0.0.2/30', gateway: '10.0.0.1' })
    const second = await host.call('HOOK', 'service_provision', {
      ...service,
      router: 'tiny',
      allocations: [{ router: 'tiny', port: 'a', address: '10.0.0.2/30' }],
    })
    expect(second).toMatchObject({ outcome: 'ABORTED', error: { code: 'NO_ADDRESS' } })
  })

  test.each(['10.20.0.5/28', '999.1.1.0/24'])(
    'the pool %s, which the schema lets through, aborts',
    async (ipPool) => {
      const host = await openExample('mikrotik', {
        configuration: { routers: [{ name: 'odd', ports: ['a'], ipPool }] },
      })
      const result = await host.call('HOOK', 'service_provision', { ...service, router: 'odd' })
      expect(result).toMatchObject({ outcome: 'ABORTED', error: { code: 'INVALID_POOL' } })
    },
  )

  test('without hooks:abort the same refusal is a failure and stops nothing', async () => {
    const host = await openExample('mikrotik', { without: ['hooks:abort'] })
    const result = await host.call('HOOK', 'service_provision', { ...service, router: 'pop-west' })
    expect(result).toMatchObject({ outcome: 'ERROR', error: { code: 'UNKNOWN_ROUTER' } })
  })
})

describe('device_backup', () => {
  test('answers with the script, its files and how many are kept', async () => {
    const host = await openExample('mikrotik')
    const { value } = await host.call('HOOK', 'device_backup', {
      router: 'pop-north',
      at: '2026-10-31T02:00:00Z',
    })
    expect(value).toEqual({
      router: 'pop-north',
      files: ['pop-north-20261031T020000Z.rsc', 'pop-north-20261031T020000Z.backup'],
      script: [
        '/export file="pop-north-20261031T020000Z"',
        '/system backup save name="pop-north-20261031T020000Z" dont-encrypt=yes',
      ].join('\n'),
      keep: 7,
    })
  })

  test('keeps the scripts of a router, and no more than there are backups', async () => {
    const files = Array.from({ length: 9 }, (_, day) => ({ path: `scripts/pop-north/2026100${day}.rsc` }))
    const host = await openExample('mikrotik', { host: { 'files.list': () => ({ files, after: null }) } })
    await host.call('HOOK', 'device_backup', { router: 'pop-north', at: '2026-10-31T02:00:00Z' })
    expect(host.asked.map(({ operation, input }) => [operation, input['path'] ?? input['prefix']])).toEqual([
      ['files.write', 'scripts/pop-north/pop-north-20261031T020000Z.rsc'],
      ['files.list', 'scripts/pop-north/'],
      ['files.delete', 'scripts/pop-north/20261000.rsc'],
      ['files.delete', 'scripts/pop-north/20261001.rsc'],
    ])
  })

  test('makes no unencrypted backup unless it is asked to', async () => {
    const host = await openExample('mikrotik', {
      configuration: { routers: [{ name: 'pop-north', ports: ['a'], ipPool: '10.0.0.0/24' }] },
    })
    const { value } = await host.call('HOOK', 'device_backup', { router: 'pop-north' })
    expect((value as { files: string[] }).files).toHaveLength(1)
  })

  test.each([null, {}, { router: 'pop-west' }])('an unknown router aborts: %j', async (device) => {
    const host = await openExample('mikrotik')
    const result = await host.call('HOOK', 'device_backup', device)
    expect(result).toMatchObject({ outcome: 'ABORTED', error: { code: 'UNKNOWN_ROUTER' } })
  })
})

test.each([
  ['healthy', null, '2 routers, 4 ports'],
  ['degraded', [], 'no router is set up'],
  [
    'degraded',
    [{ name: 'one', ports: ['a', 'b'], ipPool: '10.0.0.0/30' }],
    'one has more ports than addresses',
  ],
  ['unhealthy', [{ name: 'one', ports: ['a'], ipPool: '10.0.0.1/24' }], '10.0.0.1/24 of one is no network'],
  [
    'unhealthy',
    [
      { name: 'one', ports: ['a'], ipPool: '10.0.0.0/16' },
      { name: 'two', ports: ['a'], ipPool: '10.0.7.0/24' },
    ],
    'the pools of one and two overlap',
  ],
])('health is %s for %j', async (status, routers, message) => {
  const host = await openExample('mikrotik', routers === null ? {} : { configuration: { routers } })
  const { value } = await host.call('HEALTH', 'health')
  expect(value).toEqual({ status, message })
})
