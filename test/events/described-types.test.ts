import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { OWN_EVENT_LABELS } from '../../src/archive/own-names.ts'
import { EVENT_TYPE_PATTERN } from '../../src/events/catalog.ts'
import { describeTypes } from '../../src/events/describe-types.ts'
import { schema } from '../../src/schema.ts'

const DOCUMENT = path.join(import.meta.dirname, '../../docs/events.md')

test('the catalogue has what a host counts on, and says what is kept and what is streamed', () => {
  const types = describeTypes()
  const stored = types.filter(({ isStored }) => isStored).map(({ type }) => type)
  const streamed = types.filter(({ isStored }) => !isStored).map(({ type }) => type)
  for (const state of ['installed', 'enabled', 'disabled', 'uninstalled', 'upgraded', 'failed']) {
    expect(stored).toContain(`plugin.${state}`)
  }
  expect(stored).toEqual(expect.arrayContaining(['secret.changed', 'settings.changed']))
  for (const label of ['license', 'deployment', 'health']) {
    expect(stored.some((type) => type.startsWith(`${label}.`))).toBe(true)
  }
  for (const type of [
    'hook.executed',
    'route.accessed',
    'job.executed',
    'webhook.delivered',
    'webhook.failed',
  ]) {
    expect(streamed).toContain(type)
  }
})

test('every type begins with a label that hosts and plugins may not use, and names a type and a stream of the graph', () => {
  const streams = schema.getSubscriptionType()!.getFields()
  for (const { type, subject, stream, isStored, isSubscribable } of describeTypes()) {
    expect(type).toMatch(EVENT_TYPE_PATTERN)
    expect(OWN_EVENT_LABELS).toContain(type.split('.')[0])
    if (subject !== null) expect(schema.getType(subject), subject).toBeDefined()
    expect(streams[stream], stream).toBeDefined()
    expect(isStored || !isSubscribable).toBe(true)
  }
})

test('the document lists the catalogue, no more and no less', async () => {
  const text = await readFile(DOCUMENT, 'utf8')
  const rows = [...text.matchAll(/^\| `([a-z_.]+)` \| (\S+) \| ([^|]+?) \|(?: `(\w+)` \|)?$/gm)]
  const listed = rows.map(([, type, subject, description, stream]) => [type, subject, description, stream])
  const known = describeTypes().map(({ type, subject, description, isStored, stream }) => [
    type,
    subject ?? '–',
    description,
    isStored ? undefined : stream,
  ])
  const byType = (a: unknown[], b: unknown[]): number => (String(a[0]) < String(b[0]) ? -1 : 1)
  expect(listed.toSorted(byType)).toEqual(known.toSorted(byType))
})
