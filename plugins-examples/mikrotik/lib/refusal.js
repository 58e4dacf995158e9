import { PluginError } from 'patchbay'

/**
 * What stops the host's workflow. The code is for programs, the message for whoever runs the workflow.
 *
 * @param {'INVALID_SERVICE' | 'UNKNOWN_ROUTER' | 'PLAN_UNSUPPORTED' | 'PORT_UNKNOWN' | 'PORT_TAKEN' | 'NO_PORT' | 'NO_ADDRESS' | 'INVALID_POOL'} code
 * @param {string} message
 * @param {object} [details]
 * @returns {PluginError}
 */
export function refusal(code, message, details) {
  return new PluginError(message, { code, details })
}
