import { findRouter } from './find-router.js'
import { keepScript } from './keep-script.js'

/**
 * Handles the hook `device_backup`: the script to run on the device, the files that it leaves there, and how many of
 * them are kept. The export hides secrets (RouterOS 7 does so unless told otherwise), so that it can be stored anywhere;
 * the binary backup, where the settings ask for it, does not. The script is kept as a file too: what was run on a device
 * last week can be looked up.
 *
 * @param {object} ctx
 * @param {{ router?: string, at?: string } | null} device `at` is the time in the files' names; now where left out
 * @returns {Promise<{ router: string, files: string[], script: string, keep: number }>}
 * @throws {PluginError} UNKNOWN_ROUTER
 */
export async function backupDevice(ctx, device) {
  const router = findRouter(ctx.settings, device?.router)
  const { keep, binary } = ctx.settings.backup
  const asked = Date.parse(device?.at ?? '')
  const name = `${router.name}-${timestamp(Number.isNaN(asked) ? new Date() : new Date(asked))}`
  const lines = [`/export file="${name}"`]
  const files = [`${name}.rsc`]
  if (binary) {
    lines.push(`/system backup save name="${name}" dont-encrypt=yes`)
    files.push(`${name}.backup`)
  }
  const script = lines.join('\n')
  await keepScript(ctx, router.name, { name, script, keep })
  return { router: router.name, files, script, keep }
}

/** `20261031T020000Z`: sorts by time, and has no character that RouterOS or a file system minds. */
function timestamp(date) {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '')
}
