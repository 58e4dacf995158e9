import type { RoleMapping } from './role-mapping.ts'
import type { Values } from './variables.ts'

/** Whose tokens are accepted. */
export interface IssuerConfig {
  readonly issuer: string
  readonly audience: string
  /** Null: where the issuer's discovery document says. */
  readonly jwksUrl: string | null
  readonly rolesClaim: string
  /** Null: the claim's values are roles themselves. */
  readonly roleMap: readonly RoleMapping[] | null
}

/** Null: nobody's tokens are accepted. */
export function issuerConfigOf(values: Values): IssuerConfig | null {
  const { jwtIssuer: issuer, jwtAudience: audience } = values
  if (issuer === null || audience === null) return null
  return {
    issuer,
    audience,
    jwksUrl: values.jwtJwksUrl,
    rolesClaim: values.jwtRolesClaim,
    roleMap: values.jwtRoleMap,
  }
}
