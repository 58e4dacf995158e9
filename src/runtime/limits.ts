import { KiB, MiB, seconds } from '../lib/units.ts'

/** UTF-8 bytes of JSON text that cross the border at once, either way: arguments, results, host calls, answers. */
export const MAX_JSON_BYTES = 1 * MiB

/**
 * Calls of the host that one process of plugins may have under way at once, each until its answer has gone into the pipe: others
 * wait unread. Code that asks and never reads would have the service hold 100 answers of 1 MiB for each of its invocations. Two
 * for each of the turns at the database that its organization has.
 */
export const ANSWERS_AT_ONCE = 8

/**
 * UTF-8 bytes that the calls of one process may bring until their answers are made: more at once than a plugin's files and
 * documents may hold is nobody's work. A pipe that is not read would do without, but what is not read may be what ends them.
 */
export const MAX_WAITING_INPUT_BYTES = 32 * MiB

/**
 * Characters of answers that wait until one process reads them, of what waits for others and takes no place: what servers and other
 * plugins said to a hundred calls of each of its invocations.
 */
export const MAX_WAITING_ANSWERS = 32 * MiB

/** Levels of arrays and objects in what a plugin sends: deeper values overflow whoever walks them by recursion. */
export const MAX_JSON_DEPTH = 100

/** Bytes of the head of a frame from a child: heads hold numbers and short names. */
export const MAX_HEAD_BYTES = 4 * KiB

/** Bytes of a frame from a child: one body and its head. */
export const MAX_FRAME_BYTES = MAX_JSON_BYTES + MAX_HEAD_BYTES + 64

/** Bytes of JSON that a plugin's modules may make: the archive's own limit allows more, a child's memory does not. */
export const MAX_CODE_BYTES = 32 * MiB

/** Bytes of one log line. */
export const MAX_LOG_LINE_BYTES = 2 * KiB

/** Calls within calls of other plugins at once, at least: one chain as deep as they go. */
export const MAX_NESTED = 8

/** Milliseconds that a child has to say itself that a call ran out of time, before it is taken for hung and killed. */
export const TIMEOUT_GRACE_MS = 100

/** Milliseconds from a timeout or memory error to SIGKILL, for what else the child carries. */
export const KILL_AFTER_MS = 500

/** Milliseconds that a child may compute, ending no call meanwhile, before it gives way to the others. */
export const BUSY_AFTER_MS = 40

/** The same before it gives way to all: where the system does not give a priority back, it is replaced afterwards. */
export const GREEDY_AFTER_MS = 1000

/** Milliseconds for the plugins' `onUnload` when a child ends in good order. */
export const FAREWELL_MS = 600

/** Milliseconds from spawn to ready: some 70 on an idle machine, so more means that something is wrong. */
export const READY_WITHIN_MS = seconds(15)

/** Milliseconds between two looks at the memory of busy children; code that fills memory takes 1 GB a second. */
export const MEMORY_WATCH_MS = 50
