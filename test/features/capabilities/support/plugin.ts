import { accepted } from '../../../../scripts/lib/accepted.ts'
import { invoke, type Invoked } from '../../../../src/features/invocations/invoke.ts'
import { loadTarget } from '../../../../src/features/invocations/target.ts'
import type { JsonValue } from '../../../../src/lib/json.ts'
import type { TestServer } from '../../../support/server.ts'
import { activate, install, publishPlugin, rowId, type TestStage } from '../../../support/stage.ts'

/** An active installation whose one job does what a test asks. */
export interface Asked {
  /** Global id. */
  installationId: string
  run: (payload: JsonValue) => Promise<Invoked>
  /** What the job returned; throws where it failed. */
  value: (payload: JsonValue) => Promise<JsonValue>
}

/** A plugin at the first site whose job `ask` is this function of `ctx` and the test's payload. */
export async function openAsked(
  server: TestServer,
  stage: TestStage,
  manifest: { id: string; permissions: readonly string[]; [key: string]: unknown },
  ask: string,
  beforeItRuns: (installationId: string) => Promise<void> = async () => undefined,
): Promise<Asked> {
  const packageId = await publishPlugin(
    stage,
    {
      ...manifest,
      permissions: manifest.permissions.map((permission) => ({ permission, reason: 'It is tried.' })),
      jobs: [{ name: 'ask' }],
    },
    `import { definePlugin } from 'patchbay'\nexport default definePlugin({ jobs: { ask: ${ask} } })`,
  )
  const installationId = accepted(await install(stage, packageId)).installation!.id
  await beforeItRuns(installationId)
  accepted(await activate(stage, installationId))
  const { app } = server
  const run = async (payload: JsonValue): Promise<Invoked> => {
    const target = await loadTarget(app, { id: rowId(installationId) })
    return await invoke(app, target!, { kind: 'JOB', name: 'ask', args: [payload] })
  }
  return {
    installationId,
    run,
    async value(payload) {
      const { result } = await run(payload)
      if (result.outcome !== 'OK') throw new Error(`${result.outcome}: ${result.error?.message}`)
      return result.value ?? null
    },
  }
}
