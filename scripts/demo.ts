import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { InstallationHealthDocument, PluginBySlugDocument } from '../schema/generated/graphql.ts'
import semver from 'semver'
import { castRoles, setStage } from './lib/cast.ts'
import { listExamples } from './lib/example-packages.ts'
import { graphClient } from './lib/graph-client.ts'
import { deployEverywhere, installAll, publish, publishAll, runAll, type Tell } from './lib/story.ts'

/**
 * `npm run demo`: the whole story against a running server, with each step told. Takes `--url` and `--key`; the key is
 * else that of PATCHBAY_ADMIN_KEY, or of the data directory's `admin.key`.
 */
const began = performance.now()

const tell: Tell = (step, outcome) => {
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5)
  process.stdout.write(`${seconds} s  ${step.padEnd(34)} ${outcome}\n`)
}

try {
  const { values } = parseArgs({
    options: { url: { type: 'string', default: 'http://127.0.0.1:4000' }, key: { type: 'string' } },
  })
  await play(values.url, values.key ?? (await findKey()))
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function play(url: string, key: string): Promise<void> {
  await fetch(new URL('/readyz', url)).catch(() => {
    throw new Error(
      `Nothing answers at ${url}: start the server with npm start, or name its address with --url.`,
    )
  })
  const admin = graphClient(url, key)
  const name = `demo-${Date.now().toString(36)}`
  const stage = await setStage(admin, name)
  tell('organization and three sites', name)
  const cast = await castRoles(url, admin, stage.organizationId)
  tell('keys', 'a publisher, a reviewer and an operator')
  const version = await freshVersions(admin)
  const packages = version.first ? await publishAll(cast, tell) : await published(admin)
  if (!version.first) tell('packages', 'published by an earlier demo already')
  const health = cast.operator.subscribe(InstallationHealthDocument, { siteId: stage.siteIds[0]! })
  const firstSample = health.next()
  const installations = await installAll(cast, stage.siteIds[0]!, packages, tell)
  await runAll(cast, url, stage, installations, tell)
  const sample = (await firstSample).value
  if (sample) {
    const { installation, sample: measured } = sample.installationHealth
    tell('health, live', `${installation.plugin.slug}: ${measured.status}, ${measured.invocations} runs`)
  }
  const second = await publish(cast, 'welcome-email', tell, version.next)
  const { plugin } = await admin.request(PluginBySlugDocument, { slug: 'welcome-email' })
  await deployEverywhere(cast, stage, second, plugin!.id, tell)
  await Promise.all([health.return?.(), cast.close(), admin.close()])
  tell('done', `look at it: ${url}/graphql`)
}

/** A demo may be played again: then the plugins are there, and the second version must be a new one. */
async function freshVersions(
  admin: ReturnType<typeof graphClient>,
): Promise<{ first: boolean; next: string }> {
  const { plugin } = await admin.request(PluginBySlugDocument, { slug: 'welcome-email' })
  const latest = plugin?.latestPackage?.version
  if (latest === undefined) return { first: true, next: '1.1.0' }
  return { first: false, next: semver.inc(latest, 'minor')! }
}

async function published(admin: ReturnType<typeof graphClient>): Promise<Map<string, string>> {
  const packages = new Map<string, string>()
  for (const slug of await listExamples()) {
    const { plugin } = await admin.request(PluginBySlugDocument, { slug })
    if (plugin?.latestPackage) packages.set(slug, plugin.latestPackage.id)
  }
  return packages
}

async function findKey(): Promise<string> {
  const given = process.env['PATCHBAY_ADMIN_KEY']
  if (given) return given
  const file = path.resolve(process.env['PATCHBAY_DATA_DIR'] ?? '.patchbay', 'admin.key')
  const key = await readFile(file, 'utf8').catch(() => null)
  if (key === null)
    throw new Error(
      `There is no key in ${file}: start the server there with npm start, or give its key with --key.`,
    )
  return key.trim()
}
