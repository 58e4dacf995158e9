/** A child that answers each message at once, by frames of a file's making: `node … echo.mjs <frames.mjs>`. */
const { openFrames } = await import(process.argv[2])

const tell = openFrames(
  (head, body) =>
    tell(
      { t: 'done', call: head.call, ending: 'done', cpuMs: 0.1, heapBytes: 1_000_000, unusable: false },
      body,
    ),
  () => process.exit(),
)
tell({ t: 'ready' })
