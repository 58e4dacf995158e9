import { parentPort } from 'node:worker_threads'
import { inspectPackage, type InspectionOptions } from './inspect-package.ts'
import type { InspectionSummary } from './inspector.ts'

/** A thread of the inspector: one package after the other, each answered with plain data. */
parentPort?.on('message', (job: { bytes: Uint8Array; options: InspectionOptions }) => {
  void answer(job.bytes, job.options)
})

async function answer(bytes: Uint8Array, options: InspectionOptions): Promise<void> {
  const { archive, ...inspection } = await inspectPackage(bytes, options)
  const summary: InspectionSummary = { ...inspection, format: archive?.format ?? null }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(summary)
}
