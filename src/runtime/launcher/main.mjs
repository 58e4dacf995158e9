/**
 * The launcher: starts runners in the service's place and gives it their pipes. To fork, the kernel copies the page tables of
 * whoever forks; this process has 10 MB of its own, and the service hundreds (see launcher.ts).
 *
 * It reads what the service says and the last words of runners, of which it keeps the beginning. It holds nothing else:
 * no environment, no file, and of the pipes only what has not yet come through.
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** By number. @type {Map<number, import('node:child_process').ChildProcess>} */
const running = new Map()
/** Starts that have not begun. @type {{ id: number, line: string[], options: object, priority?: object, maxWords: number }[]} */
const asked = []

process.on('message', (message) => {
  if (message.t === 'kill') kill(message.id)
  else if (asked.push(message) === 1) setImmediate(startNext)
})
process.on('disconnect', () => process.exit())
process.send({ t: 'up' })

/** One in each turn of the event loop, so that a kill waits for one fork at most, not for all that were asked for. */
function startNext() {
  const start = asked.shift()
  if (start === undefined) return
  try {
    begin(start)
  } catch (error) {
    // No memory for a fork, no descriptor for a pipe: the others live on.
    tellGone(start.id, String(error))
  }
  if (asked.length > 0) setImmediate(startNext)
}

/**
 * A process is killed by the handle that waits for it, never by its number: once it has been waited for, and its number may
 * be a stranger's, the handle does nothing.
 */
function kill(id) {
  const at = asked.findIndex((start) => start.id === id)
  if (at >= 0) {
    asked.splice(at, 1)
    tellGone(id, '')
  } else running.get(id)?.kill('SIGKILL')
}

function begin({ id, line: [command, ...args], options, priority, maxWords }) {
  const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  child.on('error', ({ message }) => {
    if (child.pid === undefined) tellGone(id, message)
  })
  if (child.pid === undefined) return
  running.set(id, child)
  if (priority !== undefined) lower(child.pid, priority)
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    if (words.length < maxWords) words = (words + text).slice(0, maxWords)
  })
  // Not the child's `close`, which would wait for pipes that are the service's now.
  child.on('exit', () => {
    if (child.stderr.closed) tellGone(id, words)
    else child.stderr.on('close', () => tellGone(id, words))
  })
  // Node reads from a pipe from its beginning, and goes on while it is on its way: what came meanwhile would be lost.
  // oxlint-disable-next-line no-underscore-dangle -- there is no other way; the self-test goes this way, and tells where it is gone
  child.stdout._handle.readStop()
  process.send({ t: 'stdout', id, pid: child.pid }, child.stdout)
  process.send({ t: 'stdin', id }, child.stdin)
}

/** At once: the service may be busy, and then least of all needs one beside it that starts at its own priority. */
function lower(pid, priority) {
  try {
    setPriority(pid, priority.process)
    writeFileSync(`/proc/${pid}/autogroup`, String(priority.session), { flag: 'r+' })
  } catch {
    // The service sets it once more, and knows what to do where it cannot.
  }
}

function tellGone(id, words) {
  running.delete(id)
  process.send({ t: 'gone', id, words })
}
