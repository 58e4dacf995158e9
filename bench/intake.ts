import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { unzipSync } from 'fflate'
import { checkPackage } from '../src/archive/check-package.ts'
import { packMpk, packZip } from '../src/archive/pack.ts'
import { readArchive } from '../src/archive/read-archive.ts'
import type { BlobStore } from '../src/platform/blobs/blob-store.ts'
import { openDirectoryStore } from '../src/platform/blobs/directory-store.ts'
import { BENCH_MANIFEST, realFiles } from './real-files.ts'

const ROUNDS = 101
/** Until the code is compiled, on both sides. */
const WARM_UP_ROUNDS = 15
/** Between two actions, so that neither pays for the garbage of the other, which is collected in here. */
const SETTLE_MS = 15
const IN_A_ROW = 40

/**
 * Reading (the archive and the checks of its manifest), verifying (SHA-256) and storing (a directory, synced to the
 * disk) a real plugin, against fflate's unzip and SHA-256 of the same bytes. Modules that the entry imports are parsed
 * by a check as well: that is measured with the scan, so it imports none here.
 */
export async function measureIntake(): Promise<void> {
  const files = await realFiles()
  const unpackedBytes = [...files.values()].reduce((sum, file) => sum + file.length, 0)
  const plugin = new Map([
    ...files,
    ['manifest.json', Buffer.from(JSON.stringify(BENCH_MANIFEST))],
    ['main.js', Buffer.from('export default {}\n')],
  ])
  const zip = packZip(plugin)
  const mpk = await packMpk(plugin)
  const [unpacked, packedZip, packedMpk] = [unpackedBytes, zip.length, mpk.length].map(megabytes)
  process.stdout.write(
    `${files.size} files: ${unpacked} unpacked, ${packedZip} as ZIP, ${packedMpk} as MPK\n`,
  )
  const folder = await mkdtemp(path.join(os.tmpdir(), 'patchbay-bench-'))
  try {
    const store = openDirectoryStore(folder)
    await compare('ZIP', zip, zip, store)
    await compare('MPK, against fflate on the ZIP', mpk, zip, store)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function compare(what: string, bytes: Uint8Array, zip: Uint8Array, store: BlobStore): Promise<void> {
  const { report } = await checkPackage(bytes)
  if (!report.valid) throw new Error(`The plugin must be a good one: ${JSON.stringify(report.findings)}`)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const actions = {
    ours: async (): Promise<void> => {
      await checkPackage(bytes)
      createHash('sha256').update(bytes).digest('hex')
      await store.put(bytes)
    },
    fflate: async (): Promise<void> => {
      unzipSync(zip)
      createHash('sha256').update(zip).digest('hex')
    },
    reading: async (): Promise<void> => void (await readArchive(bytes)),
    storing: async (): Promise<void> => void (await store.put(bytes)),
  }
  const timeOf = async (action: () => Promise<void>): Promise<number> => {
    await store.delete(digest)
    await pause(SETTLE_MS)
    const began = performance.now()
    await action()
    return performance.now() - began
  }
  const times: Record<keyof typeof actions, number[]> = { ours: [], fflate: [], reading: [], storing: [] }
  const names = Object.keys(actions) as (keyof typeof actions)[]
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    // Each comes first every other time.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const time = await timeOf(actions[name])
      if (round >= 0) times[name].push(time)
    }
  }
  const ratios = times.ours.map((time, round) => time / (times.fflate[round] ?? 0))
  const median = (name: keyof typeof actions): string => `${quantile(times[name], 0.5).toFixed(1)} ms`
  const quarters = [0.25, 0.75].map((part) => quantile(ratios, part).toFixed(2))
  const inARow =
    (await cpuInARow(actions.ours, store, digest)) / (await cpuInARow(actions.fflate, store, digest))
  process.stdout.write(
    [
      `${what}: ${quantile(ratios, 0.5).toFixed(2)} times, median of ${ROUNDS} pairs (quarters ${quarters.join(' and ')})`,
      `  read, verify and store ${median('ours')} (of which reading ${median('reading')}, storing ${median('storing')}); fflate and SHA-256 ${median('fflate')}`,
      `  ${IN_A_ROW} in a row without a pause, CPU of all threads and garbage collection: ${inARow.toFixed(2)} times\n`,
    ].join('\n'),
  )
}

/** Milliseconds of CPU of all threads, garbage collection too: what else the machine does has little say in it. */
async function cpuInARow(action: () => Promise<void>, store: BlobStore, digest: string): Promise<number> {
  let total = 0
  for (let turn = 0; turn < IN_A_ROW; turn += 1) {
    await store.delete(digest)
    const began = process.cpuUsage()
    await action()
    const { user, system } = process.cpuUsage(began)
    total += (user + system) / 1000
  }
  return total
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * part)] ?? 0
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}
