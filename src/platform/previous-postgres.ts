import { execFile } from 'node:child_process'
import { readdir, readFile, readlink, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import { seconds } from '../lib/units.ts'
import type { Log } from './log.ts'
import { StartError } from './start-error.ts'

/** A shutdown writes what is in memory first; the guardian forces it after 9 s. */
const PREVIOUS_SERVER_MS = seconds(20)
const POLL_MS = 20

/**
 * Sees to it that no server of an earlier run works on `cluster`: one that still stops is waited for, one that was
 * left alone (its guardian killed) is stopped, and a `postmaster.pid` whose number is by now another program's is
 * removed, which PostgreSQL itself would take for a running server. The caller holds the lock of the data directory.
 */
export async function endPreviousServer(cluster: string, log: Log): Promise<void> {
  const pidFile = path.join(cluster, 'postmaster.pid')
  const pid = await readPid(pidFile)
  if (pid === null) return

  const deadline = performance.now() + PREVIOUS_SERVER_MS
  let asked = false
  for (;;) {
    const left = await processesOf(cluster, pid)
    if (left.length === 0) break
    if (performance.now() > deadline) {
      throw new StartError(
        `The PostgreSQL of an earlier run (process ${left.join(', ')}) does not stop: end it, then start again.`,
      )
    }
    if (!asked && left.includes(pid)) {
      asked = true
      log.info({ pid }, 'waiting for the PostgreSQL of an earlier run to stop')
      interrupt(pid)
    }
    await sleep(POLL_MS)
  }

  if ((await readPid(pidFile)) !== null) {
    log.info({ pid }, 'the PostgreSQL of an earlier run was killed; recovering')
    await rm(pidFile, { force: true })
  }
}

async function readPid(pidFile: string): Promise<number | null> {
  try {
    const pid = Number((await readFile(pidFile, 'utf8')).split('\n')[0])
    return Number.isInteger(pid) && pid > 0 ? pid : null
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/** The processes of a server on `cluster`. Every one of them has the cluster as its working directory. */
async function processesOf(cluster: string, postmaster: number): Promise<number[]> {
  if (process.platform !== 'linux') {
    return (await commandOf(postmaster)).includes(cluster) ? [postmaster] : []
  }
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid))
  const directories = await Promise.all(pids.map(workingDirectoryOf))
  return pids.filter((_, index) => directories[index] === cluster)
}

async function workingDirectoryOf(pid: number): Promise<string> {
  try {
    return await readlink(`/proc/${pid}/cwd`)
  } catch (error) {
    // Ended meanwhile, or another user's and so none of ours.
    if (isGone(error) || (error instanceof Error && 'code' in error && error.code === 'EACCES')) return ''
    throw error
  }
}

async function commandOf(pid: number): Promise<string> {
  try {
    return (await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])).stdout
  } catch (error) {
    // ps ends with 1 where there is no such process.
    if (error instanceof Error && 'code' in error && error.code === 1) return ''
    throw error
  }
}

function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGINT')
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** ENOENT of a file, ESRCH of a process. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
}
