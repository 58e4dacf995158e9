import type { JsonValue } from '../../lib/json.ts'
import { seconds } from '../../lib/units.ts'
import type { InvokeRequest } from '../invocations/invoke.ts'
import type { Target } from '../invocations/target.ts'

/** The call of a job whose run was begun, with the time limit of the manifest. */
export function jobRequest(
  target: Target,
  { job, payload, invocationId }: { job: string; payload: JsonValue; invocationId: string },
): InvokeRequest {
  const timeoutSeconds = target.manifest.jobs.find((it) => it.name === job)?.timeoutSeconds ?? null
  return {
    kind: 'JOB',
    name: job,
    args: [payload],
    invocationId,
    ...(timeoutSeconds === null ? {} : { timeoutMs: seconds(timeoutSeconds) }),
  }
}
