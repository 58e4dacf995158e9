/** Calls of the host by one invocation. The parent counts again: this only answers soon. */
export const MAX_HOST_CALLS = Number(process.argv[4])
/** Lines of one invocation. */
export const MAX_LOG_LINES = Number(process.argv[5])
