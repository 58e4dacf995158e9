import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FIRST_PRIORITY, canRaise } from './child-priority.ts'

/** How runner processes are started on this machine. */
export interface Launch {
  /** Command and arguments up to the script. */
  line: string[]
  /** Those of the launcher, which starts that line in the service's place; absent where runners would outlive it. */
  launcher: string[] | undefined
  /** Path of the engine's binary, the runner's first argument. */
  engine: string
  /** KB of its `ulimit -d`. */
  dataKb: number
  /** Folder of the runner's own files. */
  folder: string
  /** What stands around node, by layer; absent where the machine does not allow it. */
  network: boolean
  user: boolean
  deathSignal: boolean
  nice: boolean
  limits: boolean
  /** A priority that was lowered can be raised again (CAP_SYS_NICE). */
  raises: boolean
}

export interface LaunchLimits {
  /** KB of data (`ulimit -d`): the sum of a child's isolates and of itself. */
  dataKb: number
  /** Seconds of CPU in a child's whole life (`ulimit -t`). */
  cpuSeconds: number
}

/** Nobody and nogroup, as every Linux has them. */
const NOBODY = '65534'

/**
 * Finds the strictest way that works here to start a runner, by trying from the strictest down. On Linux that takes
 * one short process; elsewhere there is less to try.
 */
export async function planLaunch(limits: LaunchLimits): Promise<Launch> {
  const folder = fileURLToPath(new URL('./child', import.meta.url))
  const engine = findEngine()
  const tools = { sh: find('sh'), nice: find('nice'), setpriv: find('setpriv'), unshare: find('unshare') }
  const script = [tools.sh, '-c', limitScript(limits), 'runner'].filter((part) => part !== undefined)
  const rest = {
    engine,
    dataKb: limits.dataKb,
    folder,
    limits: tools.sh !== undefined,
    nice: tools.nice !== undefined,
  }
  const inner = [...(tools.sh ? script : []), process.execPath, ...nodeFlags(folder, engine)]
  // What can be raised again is set from outside: `nice` would add to what was set already.
  const slow = [...(tools.nice ? [tools.nice, '-n', String(FIRST_PRIORITY)] : []), ...inner]
  for (const candidate of candidates(tools.setpriv, tools.unshare)) {
    const { wrapper, ...layers } = candidate
    if (!tools.sh || wrapper.length === 0) continue
    const { works, raises } = await attempt(wrapper, tools.sh, [folder, engine])
    if (!works) continue
    const launcher = layers.deathSignal && tools.setpriv ? launcherLine(tools.setpriv) : undefined
    return { ...rest, ...layers, raises, launcher, line: [...wrapper, ...(raises ? inner : slow)] }
  }
  const none = { network: false, user: false, deathSignal: false, raises: false }
  return { ...rest, ...none, launcher: undefined, line: slow }
}

/** It keeps the user and the rights of the service: what runners must not have is taken from them by their own line. */
function launcherLine(setpriv: string): string[] {
  const script = fileURLToPath(new URL('./launcher/main.mjs', import.meta.url))
  return [setpriv, '--pdeathsig', 'KILL', process.execPath, ...SMALL, script]
}

/** No thread for what there is not to do, and garbage is collected before there is much. */
const SMALL = ['--v8-pool-size=0', '--max-semi-space-size=1', '--max-old-space-size=32']

/** Arguments of node itself. `--jitless` is also what makes the data limit usable: with a JIT, node reserves too much. */
function nodeFlags(folder: string, engine: string): string[] {
  return [
    '--no-node-snapshot',
    '--jitless',
    '--disable-warning=PERM0001',
    '--permission',
    '--allow-addons',
    `--allow-fs-read=${join(folder, '*')}`,
    `--allow-fs-read=${engine}`,
  ]
}

/** A limit that the system refuses is left out: the self-test tells. */
function limitScript({ dataKb, cpuSeconds }: LaunchLimits): string {
  const set = (limit: string): string => `(ulimit ${limit}) 2>/dev/null && ulimit ${limit};`
  return `${set(`-d ${dataKb}`)} ${set(`-t ${cpuSeconds}`)} ${set('-c 0')} unset PWD OLDPWD SHLVL _; exec "$@"`
}

interface Candidate {
  wrapper: string[]
  network: boolean
  user: boolean
  deathSignal: boolean
}

function* candidates(setpriv: string | undefined, unshare: string | undefined): Generator<Candidate> {
  const isRoot = process.getuid?.() === 0
  const networks = unshare ? [[unshare, '-n'], [unshare, '-U', '-n'], []] : [[]]
  const dying = setpriv ? [setpriv, '--pdeathsig', 'KILL', '--no-new-privs'] : []
  const unprivileged = [...dying, '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups']
  const capable = ['--inh-caps=-all', '--bounding-set=-all']
  for (const network of networks) {
    const layers = { network: network.length > 0, deathSignal: dying.length > 0 }
    if (setpriv && isRoot) yield { ...layers, wrapper: [...network, ...unprivileged, ...capable], user: true }
    if (setpriv) yield { ...layers, wrapper: [...network, ...dying], user: false }
    if (network.length > 0) yield { network: true, deathSignal: false, user: false, wrapper: network }
  }
}

/**
 * Whether a wrapper starts programs that can still read what a runner reads and execute node; and whether the priority
 * of what it started can be raised again.
 */
async function attempt(
  wrapper: string[],
  shell: string,
  readable: string[],
): Promise<{ works: boolean; raises: boolean }> {
  const script = 'for path in "$@"; do test -r "$path" || exit 1; done; test -x "$0"'
  const [command = '', ...args] = [...wrapper, shell, '-c', script, process.execPath, ...readable]
  return await new Promise((resolve) => {
    const child = spawn(command, args, { env: {}, stdio: 'ignore' })
    const raises = child.pid !== undefined && canRaise(child.pid)
    child
      .on('error', () => resolve({ works: false, raises }))
      .on('exit', (code) => resolve({ works: code === 0, raises }))
  })
}

/** The binary that isolated-vm's own loader would take. It is found here since the runner may not look around. */
function findEngine(): string {
  const require = createRequire(import.meta.url)
  const manifest = require.resolve('isolated-vm/package.json')
  const build = createRequire(manifest)('node-gyp-build') as { path(folder: string): string }
  return build.path(dirname(manifest))
}

const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin']

/** Absolute path of a program in the usual places; the environment's PATH is not trusted with this. */
function find(program: string): string | undefined {
  if (process.platform === 'win32') return undefined
  for (const folder of FOLDERS) {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return join(folder, program)
    } catch {
      continue
    }
  }
  return undefined
}
