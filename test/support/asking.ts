import { loadTarget } from '../../src/features/invocations/target.ts'
import { capabilitiesOf } from '../../src/features/invocations/capabilities/catalogue.ts'
import type { JsonValue } from '../../src/lib/json.ts'
import { CapabilityError } from '../../src/runtime/capability-error.ts'
import type { TestServer } from './server.ts'
import { rowId } from './stage.ts'

/** Asks the host as the code of an installation would, with what crosses the border from it. */
export type Ask = (operation: string, input: JsonValue, signal?: AbortSignal) => Promise<JsonValue>

/** What the host gives an installation's code, as it is now; without its sandbox. */
export async function askerOf(server: TestServer, installationId: string): Promise<Ask> {
  const target = await loadTarget(server.app, { id: rowId(installationId) })
  if (target === null) throw new Error('There is no such installation.')
  const capabilities = capabilitiesOf({
    app: server.app,
    target,
    invocationId: target.id,
    depth: 0,
    noteRequest: () => undefined,
  })
  return async (operation, input, signal = new AbortController().signal) => {
    const capability = capabilities[operation]
    if (capability === undefined) throw new CapabilityError('PERMISSION_DENIED', '')
    return await capability(input, signal)
  }
}

/** Code and message of the refusal; whatever else is thrown is no refusal. */
export async function deniedOf(asked: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    const answer = await asked
    throw new Error(`It was answered: ${JSON.stringify(answer).slice(0, 200)}`)
  } catch (error) {
    if (!(error instanceof CapabilityError)) throw error
    return { code: error.code, message: error.message }
  }
}
