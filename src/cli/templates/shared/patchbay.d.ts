/** The module `patchbay`, for the editor. `patchbay init` writes it; it is not part of the package. */
interface Crypto {
  /** The keyed hash of RFC 2104, beside `randomUUID`, `getRandomValues` and `subtle.digest`. */
  hmac(algorithm: string, key: string | BufferSource, data: string | BufferSource): Promise<ArrayBuffer>
}
declare module 'patchbay' {
  type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
  /** JSON whose shape is not Patchbay's to say: the host's, the plugin's own, or another's. */
  type Passed = any
  type Promised<T> = T | Promise<T>
  type Bytes = ArrayBuffer | ArrayBufferView

  /** Says what the plugin handles. Handlers stand in the manifest as well, else nobody calls them. */
  export function definePlugin(definition: PluginDefinition): PluginDefinition

  export interface PluginDefinition {
    /** When the isolate opens, on any process; awaited before the first handler. What it throws fails that call. */
    onLoad?(ctx: Context): Promised<unknown>
    /** When the isolate closes in good order; it may not ask the host for anything. */
    onUnload?(ctx: Context): Promised<unknown>
    /** Once at each site, when the plugin is installed. What a lifecycle hook throws leaves the former state. */
    onInstall?(ctx: Context): Promised<unknown>
    onActivate?(ctx: Context): Promised<unknown>
    onDeactivate?(ctx: Context): Promised<unknown>
    /** When a version replaces another, after the data migrations. */
    onUpgrade?(ctx: Context, versions: { from: string; to: string }): Promised<unknown>
    onUninstall?(ctx: Context): Promised<unknown>
    /** By the host's name of the hook. A PluginError stops the host's workflow, with the permission `hooks:abort`. */
    hooks?: Record<string, (ctx: Context, payload: Passed) => unknown>
    /** By type, or by a pattern such as `auth.user.*`. At least once: an event may come again, with the same id. */
    events?: Record<string, (ctx: Context, event: PluginEvent) => unknown>
    /** Each gives the value on to the next plugin, changed or not. */
    filters?: Record<string, (ctx: Context, value: Passed) => unknown>
    /** By method and path as in the manifest: `'GET /suppliers/:id'`. */
    routes?: Record<string, (ctx: Context, request: RouteRequest) => unknown>
    /** By name. The payload is what `runJob` gave; null where the schedule runs it. */
    jobs?: Record<string, (ctx: Context, payload: Passed) => unknown>
    /** Asked every 30 s while it is active. */
    health?(ctx: Context): Promised<Health>
  }
  export type Health = { status: 'healthy' | 'degraded' | 'unhealthy'; message?: string }
  export interface PluginEvent {
    /** The same each time that it comes. */
    readonly id: string
    readonly type: string
    readonly payload: Passed
    /** ISO 8601. */
    readonly occurredAt: string
    /** Null where it is about the whole organization. */
    readonly site: { readonly id: string; readonly slug: string } | null
  }
  export interface RouteRequest {
    readonly method: string
    /** As it came, without `/ext/<plugin>`. */
    readonly path: string
    /** What stands at `:id` and the like, decoded. */
    readonly params: Readonly<Record<string, string>>
    /** Of a name that comes twice, the last; `new URLSearchParams(request.search)` has all. */
    readonly query: Readonly<Record<string, string>>
    readonly search: string
    /** In lower case; none that carries credentials. */
    readonly headers: Readonly<Record<string, string>>
    /** Parsed JSON, text, bytes, or null. */
    readonly body: Passed
    /** The text as it came, for signatures; null where the body was bytes. */
    readonly rawBody: string | null
    /** Null for strangers, whom only public routes let in. */
    readonly principal: { readonly id: string; readonly platform: boolean } | null
  }
  /** What a route may answer; any other JSON is answered as it is, and bytes as bytes. */
  export interface RouteResponse {
    /** 200 to 599. */
    status?: number
    headers?: Record<string, string>
    /** Text, bytes, or what becomes JSON. */
    body?: unknown
  }

  /** What handlers get first. What the plugin has no permission for throws PermissionDenied. */
  export interface Context {
    readonly plugin: { readonly id: string; readonly version: string }
    readonly site: {
      readonly id: string
      readonly slug: string
      readonly name: string
      readonly hostVersion: string
      readonly labels: Passed
    }
    readonly organization: { readonly id: string; readonly slug: string; readonly name: string }
    /** The manifest's defaults, then what the platform, the organization and the site have set. Frozen. */
    readonly settings: Passed
    /** What a reviewer granted. */
    readonly permissions: readonly string[]
    /** Null where it runs without one. */
    readonly license: {
      readonly type: string
      readonly entitlements: readonly string[]
      readonly expiresAt: string | null
    } | null
    readonly log: Log
    /** Needs `secrets:read`. */
    readonly secrets: {
      /** Null where nobody has set it. Of a secret with `hosts`, a placeholder that only `http` replaces. */
      get(key: string): Promise<string | null>
    }
    /** Needs `http:outbound`; hosts stand in `network.allow`. */
    readonly http: { fetch(url: string | URL, options?: HttpOptions): Promise<HttpResponse> }
    /** Needs `events:emit`; types begin with the plugin's id. */
    readonly events: { emit(type: string, payload: object): Promise<{ id: string }> }
    /** Needs `db:read`: one SELECT over the views of the organization's own data, at most 1,000 rows. */
    readonly db: {
      query(sql: string, params?: readonly Json[]): Promise<{ rows: Passed[]; truncated: boolean }>
    }
    /** Needs `storage:read` and `storage:write`: the plugin's own files for the organization. */
    readonly files: Files
    /** Needs `storage:read` and `storage:write`: `ctx.collections.widgets`, as the manifest declares them. */
    readonly collections: Readonly<Record<string, Collection>>
    /** Needs `llm:invoke`. */
    readonly llm: { complete(request: LlmRequest): Promise<LlmAnswer> }
    /** Needs `mail:send`. Refused are recipients that the server did not take, where it took others. */
    readonly mail: { send(message: MailMessage): Promise<{ messageId: string; refused: string[] }> }
    /** Handlers of other plugins for an extension point of one's own (`contributes.hooks`), in their order. */
    readonly hooks: { call(name: string, payload?: unknown): Promise<HookAnswer> }
  }

  /** What the handlers of an extension point came to; who aborted stands last. */
  export interface HookAnswer {
    aborted: boolean
    /** Id of the plugin that threw a PluginError, with the permission `hooks:abort`; null where nobody did. */
    abortedBy: string | null
    abortReason: string | null
    /** `outcome` is OK where the handler came to its end, e.g. ERROR or TIMEOUT where not. */
    results: { plugin: string; outcome: string; value: Passed }[]
  }

  /** At most 200 lines of 2 KiB in one call; `console` writes there as well. */
  export interface Log {
    debug(...values: unknown[]): void
    info(...values: unknown[]): void
    warn(...values: unknown[]): void
    error(...values: unknown[]): void
  }
  export interface HttpOptions {
    method?: string
    headers?: Record<string, string> | Iterable<[string, string]>
    /** Text, bytes, or a form. */
    body?: Bytes | string | URLSearchParams
    /** Milliseconds, 10,000 at most. */
    timeoutMs?: number
  }
  export interface HttpResponse {
    readonly status: number
    /** Whether the status is 200 to 299. */
    readonly ok: boolean
    /** After redirects. */
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    text(): string
    json(): Passed
    bytes(): Uint8Array
    arrayBuffer(): ArrayBuffer
  }
  type Encoding = { encoding?: 'utf8' | 'base64' }
  export interface Files {
    /** Null where there is none. */
    read(path: string, options?: Encoding): Promise<string | null>
    read(path: string, options: { encoding: 'bytes' }): Promise<Uint8Array | null>
    write(path: string, content: Bytes | string, options?: Encoding): Promise<{ path: string; size: number }>
    list(
      prefix?: string,
      options?: { limit?: number; after?: string | null },
    ): Promise<{ files: { path: string; size: number; updatedAt: string }[]; after: string | null }>
    /** Whether there was one. */
    delete(path: string): Promise<boolean>
  }
  export interface StoredDocument {
    readonly id: string
    /** Grows with each update. */
    readonly version: number
    readonly document: Passed
    /** ISO 8601. */
    readonly createdAt: string
    readonly updatedAt: string
  }
  export interface Collection {
    insert(document: object): Promise<StoredDocument>
    /** Null where there is none. */
    get(id: string): Promise<StoredDocument | null>
    find(query?: Find): Promise<{ documents: StoredDocument[]; after: string | null }>
    /** CONFLICT where `version` is given and is not the present one. */
    update(id: string, changes: object, options?: UpdateOptions): Promise<StoredDocument>
    /** Up to 100, all or none, as one call of the host. */
    updateMany(updates: Update[]): Promise<{ id: string; version: number }[]>
    /** Whether there was one. */
    delete(id: string, options?: { version?: number }): Promise<boolean>
    count(query?: { where?: Where }): Promise<number>
  }
  /** Fields that the manifest declares as `indexes` or `unique`, by `eq`, `in`, `gt`, `gte`, `lt`, `lte`, `prefix`; `and`, `or`. */
  type Where = { [field: string]: Passed }
  type UpdateOptions = { version?: number; replace?: boolean }
  type Update = { id: string; changes: object } & UpdateOptions
  export interface Find {
    where?: Where
    /** One field. */
    orderBy?: Record<string, 'asc' | 'desc'>
    /** 1 to 100. */
    limit?: number
    /** Of the page before. */
    after?: string | null
  }
  export interface LlmRequest {
    messages: { role: 'system' | 'user' | 'assistant'; content: string }[]
    /** One that the operator offers; the first of them where left out. */
    model?: string
    maxTokens?: number
    temperature?: number
  }
  export interface LlmAnswer {
    readonly content: string
    readonly model: string
    readonly finishReason: string | null
    readonly usage: { readonly promptTokens: number; readonly completionTokens: number }
  }
  export interface MailMessage {
    to: string | string[]
    replyTo?: string
    subject: string
    text?: string
    html?: string
  }

  /** What a plugin says on purpose: it is no failure of the plugin. From a hook it stops the host's workflow. */
  export class PluginError extends Error {
    constructor(message: string, options?: { code?: string; details?: unknown; cause?: unknown })
    readonly code: string | undefined
    readonly details: unknown
  }
  /** The plugin has no permission for what it called. */
  export class PermissionDenied extends Error {
    readonly code: 'PERMISSION_DENIED'
    /** E.g. `http.fetch`. */
    readonly operation: string
  }
  /** The host could not do what it was asked. */
  export class HostError extends Error {
    /** E.g. `RATE_LIMITED`, `TIMEOUT`, `HOST_NOT_ALLOWED`. */
    readonly code: string
  }
}
