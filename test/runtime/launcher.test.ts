import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '../../src/platform/log.ts'
import { directStarter } from '../../src/runtime/direct-starter.ts'
import { planLaunch } from '../../src/runtime/launch.ts'
import { openStarter } from '../../src/runtime/open-starter.ts'
import type { Starter } from '../../src/runtime/starter.ts'
import { childrenOf, isAlive, launchersOf, runnersOf } from '../support/child-processes.ts'
import { gatedHook, startRuntime, withHook } from '../support/runtime.ts'

const launch = await planLaunch({ dataKb: 400_000, cpuSeconds: 60 })

let starter: Starter
beforeEach(async () => {
  starter = await openStarter(launch, createLog('silent'))
})
afterEach(async () => {
  await starter.close()
  expect(childrenOf(process.pid)).toEqual([])
})

async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 5))
}

test.runIf(launch.launcher)(
  'a launcher that is killed takes its runners along, and another does its work',
  async () => {
    const others = launchersOf(process.pid)
    const runtime = await startRuntime({ processes: 4 })
    const victims = ['a', 'b'].map((organization) => gatedHook({ runtime, organization }))
    const running = victims.map(({ plugin }) => plugin.hook('run'))
    await Promise.all(victims.map(({ entered }) => entered))
    const runners = runnersOf(process.pid)
    // By which are new, not by their order: numbers of processes begin anew.
    const first = launchersOf(process.pid).find((pid) => !others.includes(pid))
    process.kill(first!, 'SIGKILL')
    for (const result of await Promise.all(running)) expect(result.outcome).toBe('CRASHED')
    await gone(runners)
    // A spare one whose end nobody has noticed yet would crash its first call.
    while (runtime.status().processes.total !== runnersOf(process.pid).length)
      await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await withHook('return 1', { runtime, organization: 'a' }).hook('run')).toMatchObject({ value: 1 })
    expect(launchersOf(process.pid)).toHaveLength(2)
    await runtime.close()
  },
)

test.runIf(process.platform !== 'win32')(
  'nothing of what processes say is lost, however many start at once and however soon they end',
  async () => {
    const said = async (at: number): Promise<string> => {
      const child = starter.start([
        '/bin/sh',
        '-c',
        'echo $0; echo out $0 >&2; read word; echo $word',
        String(at),
      ])
      const { stdin, stdout } = (await child.started)!
      expect(child.pid).toBeGreaterThan(0)
      stdin.write('heard\n')
      const words = [await text(stdout), await child.closed]
      expect(child.pid).toBeUndefined()
      return words.join()
    }
    const all = await Promise.all(Array.from({ length: 20 }, (_, at) => said(at)))
    expect(all).toEqual(all.map((_, at) => `${at}\nheard\n,out ${at}\n`))
    const ended = Array.from(
      { length: 20 },
      () => starter.start(['/bin/sh', '-c', 'echo why >&2; exit 1']).closed,
    )
    expect(new Set(await Promise.all(ended))).toEqual(new Set(['why\n']))
  },
)

test.runIf(process.platform === 'linux')(
  'a process can be killed before it has begun, and after it is gone',
  async () => {
    const sleeping = Array.from({ length: 8 }, () => starter.start(['/bin/sleep', '60']))
    for (const child of sleeping.slice(1)) child.kill()
    for (const child of sleeping.slice(1)) {
      expect(await child.closed).toBe('')
      child.kill()
    }
    await sleeping[0]!.started
    expect(isAlive(sleeping[0]!.pid!)).toBe(true)
    sleeping[0]!.kill()
    await sleeping[0]!.closed
  },
)

test.runIf(process.platform === 'linux')('a runner has the same open files, whoever starts it', async () => {
  const filesOf = async (from: Starter): Promise<string[]> => {
    const child = from.start(['/bin/sh', '-c', 'echo begun; read never'])
    const pipes = await child.started
    // A program that is being loaded has its libraries open.
    await once(pipes!.stdout, 'data')
    const files = readdirSync(`/proc/${child.pid}/fd`)
    child.kill()
    await child.closed
    return files
  }
  expect(await filesOf(starter)).toEqual(await filesOf(directStarter))
})
