/** For tests of plugins, run by `patchbay test`. */
declare module 'patchbay/testing' {
  type Passed = any
  type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

  /** Runs the plugin in the folder (the working directory) in the sandbox that a server runs it in. */
  export function createTestHost(folder?: string, options?: TestHostOptions): Promise<TestHost>

  export interface TestHostOptions {
    settings?: object
    secrets?: Record<string, string>
    /** Answers of the host by operation: `{ 'http.fetch': ({ url }) => ({ status: 200, body: 'ok' }) }`. */
    capabilities?: Record<string, (input: Passed) => unknown>
    /** What a reviewer granted; all that the manifest asks for where left out. */
    permissions?: string[]
    license?: object | null
    site?: object
    organization?: object
  }

  export interface TestResult {
    outcome: 'OK' | 'ABORTED' | 'ERROR' | 'TIMEOUT' | 'OUT_OF_MEMORY' | 'DENIED' | 'CRASHED'
    /** False where the plugin has no such handler. */
    handled: boolean
    value?: Passed
    error?: { name: string; message: string; code?: string; stack?: string }
    logs: { level: string; message: string }[]
    durationMs: number
    deniedOperations?: readonly string[]
  }

  export interface TestHost extends AsyncDisposable {
    readonly plugin: { id: string; version: string }
    /** What the plugin asked of the host, in order. */
    readonly calls: readonly { operation: string; input: Passed }[]
    /** What it emitted. */
    readonly events: readonly { type: string; payload: Passed }[]
    hook(name: string, payload?: Json): Promise<TestResult>
    event(type: string, payload?: object): Promise<TestResult>
    filter(name: string, value: Json): Promise<TestResult>
    /** `host.route('GET /ping')` */
    route(
      methodAndPath: string,
      request?: {
        query?: Record<string, string>
        headers?: Record<string, string>
        body?: Json | Uint8Array
        principal?: object | null
      },
    ): Promise<
      TestResult & { response: { status: number; headers: Record<string, string>; body: Passed } | null }
    >
    job(name: string, payload?: Json): Promise<TestResult>
    health(): Promise<TestResult>
    /** `onInstall`, `onActivate`, `onDeactivate`, `onUpgrade`, `onUninstall` */
    lifecycle(name: string, change?: object): Promise<TestResult>
    /** `'transforms/build.js#transform'` */
    transform(reference: string, input: Json): Promise<TestResult>
    close(): Promise<void>
  }
}
