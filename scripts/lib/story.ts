import semver from 'semver'
import {
  ActivateInstallationDocument,
  ApplyFilterDocument,
  CreateDeploymentDocument,
  DeploymentProgressDocument,
  DispatchHookDocument,
  EmitEventDocument,
  InstallPluginDocument,
  InvocationsDocument,
  RunJobDocument,
  SetSecretDocument,
  SubmitPackageDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from './accepted.ts'
import { review, type Cast, type Stage } from './cast.ts'
import { exampleConfiguration, listExamples, packExample } from './example-packages.ts'

/** Told of each step with what came of it. */
export type Tell = (step: string, outcome: string) => void

/**
 * Submits an example (another version of it where given), reviews and approves it. Returns the package's id. A version
 * that was submitted already, by hand or by a demo that was broken off, is never used again: the next one is taken.
 */
export async function publish(cast: Cast, id: string, tell: Tell, version?: string): Promise<string> {
  const example = await packExample(id, version === undefined ? {} : { version })
  const file = new File([new Uint8Array(example.zip)], `${id}.zip`, { type: 'application/zip' })
  const { submitPackage } = await cast.publisher.request(SubmitPackageDocument, { input: { file } })
  if (submitPackage.userErrors.some((error) => error.code === 'VERSION_EXISTS')) {
    return await publish(cast, id, tell, semver.inc(example.version, 'patch')!)
  }
  const { package: submitted, validation } = accepted(submitPackage)
  const found = validation!.findings.length
  tell(
    `submit ${id} ${example.version}`,
    `${validation!.checks.length} checks, ${found} ${found === 1 ? 'finding' : 'findings'}, risk ${validation!.riskLevel}`,
  )
  tell(`approve ${id} ${example.version}`, await review(cast, submitted!.id))
  return submitted!.id
}

/** Publishes every example. Returns the packages' ids by plugin. */
export async function publishAll(cast: Cast, tell: Tell): Promise<Map<string, string>> {
  const packages = new Map<string, string>()
  for (const id of await listExamples()) packages.set(id, await publish(cast, id, tell))
  return packages
}

/** Secrets that the examples cannot do without. */
const SECRETS: Record<string, Record<string, string>> = {
  'welcome-email': { LINK_SIGNING_KEY: 'a-signing-key-of-the-demo-only' },
  'slack-notifier': {
    WEBHOOK_URL: 'https://hooks.slack.com/services/T000/B000/demo',
    WEBHOOK_SIGNING_KEY: 'whsec_ZGVtby1zaWduaW5nLWtleS1vZi1wYXRjaGJheQ==',
  },
}

/** Installs every example at a site with what it needs, sets its secrets, activates it. Returns installations by plugin. */
export async function installAll(
  cast: Cast,
  siteId: string,
  packages: ReadonlyMap<string, string>,
  tell: Tell,
): Promise<Map<string, string>> {
  const installations = new Map<string, string>()
  // The analyzer first, so that its dependency comes with it; then each one that is not there yet.
  const order = [...packages.keys()].sort(
    (a, b) => Number(b === 'supplier-risk-analyzer') - Number(a === 'supplier-risk-analyzer'),
  )
  for (const slug of order) {
    if (installations.has(slug)) continue
    const input = { siteId, packageId: packages.get(slug)!, configuration: await exampleConfiguration(slug) }
    const { installPlugin } = await cast.operator.request(InstallPluginDocument, { input })
    for (const made of accepted(installPlugin).installations) installations.set(made.plugin.slug, made.id)
    const names = installPlugin.installations.map((made) => `${made.plugin.slug} ${made.version}`)
    tell(`install ${slug}`, names.join(', then '))
  }
  for (const [slug, secrets] of Object.entries(SECRETS)) {
    for (const [key, value] of Object.entries(secrets)) {
      const input = { installationId: installations.get(slug)!, key, value }
      const { setSecret } = await cast.operator.request(SetSecretDocument, { input })
      tell(`secret ${key} of ${slug}`, `version ${accepted(setSecret).secret!.version}`)
    }
  }
  for (const [slug, installationId] of installations) {
    const { activateInstallation } = await cast.operator.request(ActivateInstallationDocument, {
      input: { installationId },
    })
    tell(`activate ${slug}`, accepted(activateInstallation).installation!.status)
  }
  return installations
}

/** Lets each kind of handler run once. */
export async function runAll(
  cast: Cast,
  url: string,
  stage: Stage,
  installations: ReadonlyMap<string, string>,
  tell: Tell,
): Promise<void> {
  const siteId = stage.siteIds[0]!
  const event = {
    type: 'auth.user.created',
    siteId,
    payload: { id: 'user-1', email: 'ada@example.com', name: 'Ada' },
  }
  const { emitEvent } = await cast.operator.request(EmitEventDocument, { input: event })
  tell('event auth.user.created', `${accepted(emitEvent).subscribers} plugin will get it`)

  const service = { id: 'cust-1042', router: 'pop-west', plan: 'home-50' }
  const hook = { siteId, hook: 'service_provision', payload: service }
  const { dispatchHook } = await cast.operator.request(DispatchHookDocument, { input: hook })
  tell(
    'hook service_provision',
    `aborted by ${dispatchHook.abortedBy?.slug ?? 'nobody'}: ${dispatchHook.abortReason ?? ''}`,
  )

  const prompt = { system: 'Be brief.', prompt: 'Write to ada@example.com about card 4111 1111 1111 1111.' }
  const filter = { siteId, filter: 'llm.prompt', value: prompt }
  const { applyFilter } = await cast.operator.request(ApplyFilterDocument, { input: filter })
  tell('filter llm.prompt', (applyFilter.value as { prompt: string }).prompt)

  const route = new URL('/ext/supplier-risk-analyzer/suppliers/cobalt-trading/risk?on=2026-10-31', url)
  const answer = await fetch(route, {
    headers: {
      authorization: `Bearer ${cast.operatorKey}`,
      'x-patchbay-site': `${stage.organizationSlug}/north`,
    },
  })
  tell(`GET ${route.pathname}`, `${answer.status} ${(await answer.text()).slice(0, 60)}…`)

  const job = {
    installationId: installations.get('daily-kpi')!,
    job: 'daily-kpi',
    payload: { date: '2026-10-31' },
  }
  const { runJob } = await cast.operator.request(RunJobDocument, { input: job })
  tell(
    'job daily-kpi',
    `${accepted(runJob).invocation!.outcome ?? ''}: ${runJob.invocation!.logs.map((line) => line.message).join('; ')}`,
  )

  const { invocations } = await cast.operator.request(InvocationsDocument, { siteId, first: 20 })
  tell(
    'invocations',
    invocations.nodes.map((it) => `${it.kind} ${it.name} ${it.outcome ?? it.status}`).join(', '),
  )
}

/** Takes a second version of welcome-email to all three sites, and follows it to its end. */
export async function deployEverywhere(
  cast: Cast,
  stage: Stage,
  packageId: string,
  pluginId: string,
  tell: Tell,
): Promise<void> {
  for (const [key, value] of Object.entries(SECRETS['welcome-email']!)) {
    const secret = { organizationId: stage.organizationId, pluginId, key, value }
    accepted((await cast.operator.request(SetSecretDocument, { input: secret })).setSecret)
  }
  const configuration = await exampleConfiguration('welcome-email')
  const input = { type: 'INSTALL' as const, packageId, siteIds: stage.siteIds, configuration }
  const { createDeployment } = await cast.operator.request(CreateDeploymentDocument, { input })
  const deploymentId = accepted(createDeployment).deployment!.id
  for await (const { deploymentProgress } of cast.operator.subscribe(DeploymentProgressDocument, {
    deploymentId,
  })) {
    const { deployment, target } = deploymentProgress
    const percent = Math.round(deployment.progress.fraction * 100)
    const what = target === null ? deployment.status : `${target.site.slug} ${target.status}`
    tell('deployment', `${percent} % ${what}`)
  }
}
