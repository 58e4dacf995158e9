/** One protection, as the self-test found it. */
export interface SandboxLayer {
  name: string
  active: boolean
  detail: string
}

/** What the sandbox holds off here, and what is in it now. */
export interface SandboxStatus {
  /** Whether every layer that plugin code must not run without is active. */
  ok: boolean
  detail: string
  layers: SandboxLayer[]
  processes: { total: number; busy: number; spare: number }
  liveIsolates: number
  /** Processes that belong to somebody, and for which installations they hold isolates, each isolate once. */
  serving: { organization: string; installations: string[] }[]
  waitingCalls: number
}
