#!/usr/bin/env node
// What `npx patchbay` starts. It must be readable by every Node that is still about: the system's is often an old one,
// and then the Node that the project brings does the work.
import { spawn } from 'node:child_process'
import module, { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The first Node that runs TypeScript as it stands and is supported for long. */
const NEEDED_MAJOR = 24
const major = Number(process.versions.node.split('.')[0])

if (major >= NEEDED_MAJOR) {
  // Before anything of ours is loaded: it halves the CPU that loading takes.
  module.enableCompileCache()
  await import('./main.ts')
} else {
  const own = ownNode()
  if (own === null) {
    process.stderr.write(
      `patchbay: this is Node ${process.versions.node}, and ${NEEDED_MAJOR} is needed: run npm ci in the project, which brings it along.\n`,
    )
    process.exitCode = 2
  } else {
    runBy(own)
  }
}

/** The Node among the project's dependencies; null where they are not installed. */
function ownNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json')
    return path.join(path.dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  } catch {
    return null
  }
}

/** @param {string} node its path */
function runBy(node) {
  const main = fileURLToPath(import.meta.url)
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // Ctrl-C reaches both; what is to be said about it, the child says.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.once('error', (error) => {
    process.stderr.write(
      `patchbay: ${node} cannot be started (${error.message}): run npm ci in the project.\n`,
    )
    process.exitCode = 2
  })
  child.once('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1
    else {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    }
  })
}
