import type { App } from '../../app.ts'
import type { PluginResult } from '../../runtime/plugin-call.ts'
import { invoke, type InvokeRequest } from '../invocations/invoke.ts'
import { PluginBusyError } from '../invocations/plugin-busy-error.ts'
import type { Target } from '../invocations/target.ts'

/** What came of one of several handlers. */
export interface HandlerCall {
  invocationId: string
  result: Pick<PluginResult, 'outcome' | 'value' | 'error'>
}

/** Calls one of several handlers: that too much waits for it is its own failure, and stops none of the others. */
export async function invokeHandler(app: App, target: Target, request: InvokeRequest): Promise<HandlerCall> {
  try {
    return await invoke(app, target, request)
  } catch (error) {
    if (!(error instanceof PluginBusyError)) throw error
    const { invocationId, name, message } = error
    return { invocationId, result: { outcome: 'DENIED', error: { name, message } } }
  }
}
