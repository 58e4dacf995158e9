/**
 * What a capability throws to tell the plugin why it failed. Only code and message reach the plugin, so they hold
 * nothing about the host. The code `PERMISSION_DENIED` becomes `PermissionDenied` in the plugin and is counted as such.
 */
export class CapabilityError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'CapabilityError'
    this.code = code
  }
}
