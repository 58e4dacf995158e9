/** A column whose values are sealed under the master key, each bound to its row. */
export interface SealedColumn {
  table: string
  id: string
  column: string
  context: (id: string) => string
}

/** The organizations' data keys, which seal their secrets. */
export const DATA_KEYS: SealedColumn = {
  table: 'secret_key',
  id: 'organization_id',
  column: 'wrapped_key',
  context: (organizationId) => `data-key\0${organizationId}`,
}
/** With which the registry signs. */
export const SIGNING_KEYS: SealedColumn = {
  table: 'signing_key',
  id: 'id',
  column: 'sealed_key',
  context: (id) => `signing-key\0${id}`,
}
export const LICENSE_KEYS: SealedColumn = {
  table: 'license',
  id: 'id',
  column: 'sealed_key',
  context: (id) => `license-key\0${id}`,
}
