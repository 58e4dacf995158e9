import { spawn } from 'node:child_process'
import { setChildPriority, type ChildPriority } from './child-priority.ts'
import { lastWordsOf } from './last-words.ts'
import { RUNNER_OPTIONS, type StartedProcess, type Starter } from './starter.ts'

/** Starts runners by itself, where there can be no launcher. */
export const directStarter: Starter = { start, close: () => Promise.resolve() }

function start([command = '', ...args]: readonly string[], priority?: ChildPriority): StartedProcess {
  const child = spawn(command, args, { ...RUNNER_OPTIONS, stdio: ['pipe', 'pipe', 'pipe'] })
  if (priority !== undefined && child.pid !== undefined) setChildPriority(child.pid, priority)
  const words = lastWordsOf(child.stderr)
  let isGone = child.pid === undefined
  // `close`, not `exit`: the child's last words may still lie in its pipe.
  const closed = new Promise<string>((resolve) => {
    child
      .on('close', () => resolve(words()))
      .on('error', ({ message }) => {
        if (child.pid === undefined) resolve(message)
      })
  })
  void closed.then(() => {
    isGone = true
  })
  return {
    get pid() {
      return isGone ? undefined : child.pid
    },
    started: Promise.resolve(isGone ? undefined : { stdin: child.stdin, stdout: child.stdout }),
    closed,
    kill: () => void child.kill('SIGKILL'),
  }
}
