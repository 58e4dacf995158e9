import * as parse from './parsers.ts'
import { optional, set } from './variable.ts'

/** Whose tokens are accepted besides API keys, and what they stand for. */
export const tokenVariables = {
  jwtIssuer: optional(
    'JWT_ISSUER',
    'the OpenID Connect issuer whose tokens are accepted besides API keys, exactly as its tokens name it',
    parse.issuer,
    'http(s)://host:port/path without query, e.g. https://login.example.com/realms/main',
  ),
  jwtAudience: optional(
    'JWT_AUDIENCE',
    'whom its tokens must be made for',
    parse.word,
    'the audience of this service at the issuer, e.g. patchbay',
  ),
  jwtJwksUrl: optional(
    'JWT_JWKS_URL',
    "where the issuer's public keys lie; without it, where its /.well-known/openid-configuration says",
    parse.httpUrl,
    'http(s)://host:port/path',
  ),
  jwtRolesClaim: set(
    'JWT_ROLES_CLAIM',
    'the claim that holds the roles, as a list or a text with spaces between them',
    parse.word,
    'roles',
    'the name of a claim, or a path to it such as realm_access.roles',
  ),
  jwtRoleMap: optional(
    'JWT_ROLE_MAP',
    'which role each value of that claim stands for; without it, values are roles themselves, such as ADMIN or OPERATOR@acme',
    parse.roleMap,
    'value=ROLE or value=ROLE@organization, separated by commas: ops=OPERATOR@acme,platform-admins=ADMIN',
  ),
}
