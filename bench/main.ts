import os from 'node:os'
import { measureAuthorization } from './authorization/authorization.ts'
import { measureIntake } from './intake.ts'
import { measureJobs } from './jobs.ts'
import { measureReads } from './reads/reads.ts'
import { measureResolve } from './resolve.ts'
import { measureRuntime } from './runtime/runtime.ts'
import { measureScan } from './scan.ts'
import { measureSearch } from './search.ts'
import { measureStartup } from './startup.ts'

/** `npm run bench -- <name>`: one measurement, with the machine on which it was made. */
const measurements: Record<string, () => Promise<void>> = {
  startup: measureStartup,
  scan: measureScan,
  search: measureSearch,
  intake: measureIntake,
  resolve: measureResolve,
  jobs: measureJobs,
  reads: measureReads,
  authorization: measureAuthorization,
  runtime: measureRuntime,
}

const name = process.argv[2] ?? ''
const measure = measurements[name]
if (measure === undefined) {
  process.stderr.write(`Usage: npm run bench -- ${Object.keys(measurements).join('|')}\n`)
  process.exitCode = 1
} else {
  const memory = Math.round(os.totalmem() / 2 ** 30)
  const [cpu] = os.cpus()
  process.stdout.write(
    `${os.cpus().length} cores of ${cpu?.model.trim() ?? 'an unknown CPU'}, ${memory} GiB, ${os.type()} ${os.arch()}, Node ${process.version}\n`,
  )
  await measure()
}
