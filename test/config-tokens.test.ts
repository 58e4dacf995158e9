import { expect, test } from 'vitest'
import { ConfigError } from '../src/config.ts'
import { loadConfig } from '../src/config/load-config.ts'

const ISSUER = 'https://login.example.com/realms/main/'
const BOTH = { JWT_ISSUER: ISSUER, JWT_AUDIENCE: 'patchbay' }

function mistakesOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map(({ name }) => name)
    throw error
  }
  return []
}

test('tokens of nobody are accepted where no issuer is named', () => {
  expect(loadConfig({}).jwt).toBeNull()
})

test('an issuer is kept letter by letter, with the roles of its claims', () => {
  expect(loadConfig(BOTH).jwt).toEqual({
    issuer: ISSUER,
    audience: 'patchbay',
    jwksUrl: null,
    rolesClaim: 'roles',
    roleMap: null,
  })
  const more = {
    JWT_JWKS_URL: 'http://10.0.0.5:8080/keys?all=1',
    JWT_ROLES_CLAIM: 'realm_access.roles',
    JWT_ROLE_MAP: 'ops=OPERATOR@acme, cn=admins=ADMIN',
  }
  expect(loadConfig({ ...BOTH, ...more }).jwt).toMatchObject({
    jwksUrl: 'http://10.0.0.5:8080/keys?all=1',
    rolesClaim: 'realm_access.roles',
    roleMap: [
      { value: 'ops', role: 'OPERATOR', organization: 'acme' },
      { value: 'cn=admins', role: 'ADMIN', organization: null },
    ],
  })
})

test.each([
  [{ JWT_ISSUER: ISSUER }, ['JWT_AUDIENCE']],
  [{ JWT_AUDIENCE: 'patchbay' }, ['JWT_ISSUER']],
  [{ JWT_JWKS_URL: 'https://x.example/keys' }, ['JWT_ISSUER']],
  [{ JWT_ROLE_MAP: 'ops=ADMIN' }, ['JWT_ISSUER']],
  [{ ...BOTH, JWT_ISSUER: 'login.example.com' }, ['JWT_ISSUER']],
  [{ ...BOTH, JWT_ISSUER: 'https://user:secret@login.example.com' }, ['JWT_ISSUER']],
  [{ ...BOTH, JWT_ISSUER: 'file:///etc/passwd' }, ['JWT_ISSUER']],
  [{ ...BOTH, JWT_ISSUER: 'https://login.example.com/?a' }, ['JWT_ISSUER']],
  [{ ...BOTH, JWT_AUDIENCE: 'two words' }, ['JWT_AUDIENCE']],
  [{ ...BOTH, JWT_JWKS_URL: 'keys.json' }, ['JWT_JWKS_URL']],
  [{ ...BOTH, JWT_ROLE_MAP: 'ops' }, ['JWT_ROLE_MAP']],
  [{ ...BOTH, JWT_ROLE_MAP: 'ops=BOSS' }, ['JWT_ROLE_MAP']],
  [{ ...BOTH, JWT_ROLE_MAP: 'ops=ADMIN@Acme' }, ['JWT_ROLE_MAP']],
  [{ ...BOTH, JWT_ROLE_MAP: '=ADMIN' }, ['JWT_ROLE_MAP']],
  [{ ...BOTH, JWT_ROLE_MAP: 'ops=ADMIN,' }, ['JWT_ROLE_MAP']],
])('what cannot be meant is told: %j', (env, names) => {
  expect(mistakesOf(env)).toEqual(names)
})
