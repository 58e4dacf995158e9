import type { ConfigMistake } from '../config.ts'
import { variables, type Values } from './variables.ts'

/** What each variable may say, but not together; nothing is said of those that are misread already. */
export function contradictions(values: Partial<Values>, misread: ReadonlySet<string>): ConfigMistake[] {
  const { role, databaseUrl, databaseOwnerUrl, databasePluginUrl, secretsKey, storage, storageShared } =
    values
  const mistakes: ConfigMistake[] = []
  const expect = (name: string, expected: string): void => {
    if (!misread.has(name)) mistakes.push({ name, problem: `expected ${expected}` })
  }
  const alone = role === 'api' || role === 'worker'
  if (alone && databaseUrl === null) {
    expect(
      'DATABASE_URL',
      `a PostgreSQL, since ROLE=${role} shares one with other processes (the embedded one is for ROLE=all)`,
    )
  }
  if (databaseOwnerUrl && databaseUrl === null) {
    expect('DATABASE_URL', 'the connection that serves, since DATABASE_OWNER_URL is set, which only migrates')
  }
  if (databasePluginUrl && databaseUrl === null) {
    expect(
      'DATABASE_URL',
      'the connection that serves, since DATABASE_PLUGIN_URL is set, which only reads for plugins',
    )
  }
  if (databaseUrl && secretsKey === null) {
    expect('PATCHBAY_SECRETS_KEY', `${variables.secretsKey.expected}, since DATABASE_URL is set`)
  }
  if (values.secretsKeyPrevious && secretsKey === null) {
    expect('PATCHBAY_SECRETS_KEY', 'the new key, since PATCHBAY_SECRETS_KEY_PREVIOUS is set')
  }
  const { jwtIssuer, jwtAudience, jwtJwksUrl, jwtRoleMap } = values
  if (jwtIssuer && jwtAudience === null) {
    expect('JWT_AUDIENCE', `${variables.jwtAudience.expected}, since JWT_ISSUER is set`)
  }
  if (jwtIssuer === null && (jwtAudience || jwtJwksUrl || jwtRoleMap)) {
    const name = jwtAudience ? 'JWT_AUDIENCE' : jwtJwksUrl ? 'JWT_JWKS_URL' : 'JWT_ROLE_MAP'
    expect('JWT_ISSUER', `${variables.jwtIssuer.expected}, since ${name} is set`)
  }
  const { smtpUrl, mailFrom, llmBaseUrl, llmModels } = values
  if (smtpUrl && mailFrom === null) {
    expect('MAIL_FROM', `${variables.mailFrom.expected}, since SMTP_URL is set`)
  }
  if (llmBaseUrl && llmModels === null) {
    expect('LLM_MODEL', `${variables.llmModels.expected}, since LLM_BASE_URL is set`)
  }
  if (values.development && values.production) {
    expect('PATCHBAY_DEVELOPMENT', 'false, since PATCHBAY_PRODUCTION is true')
  }
  const { s3AccessKeyId, s3SecretAccessKey } = values
  if (storage?.kind === 's3' || s3AccessKeyId || s3SecretAccessKey) {
    const since =
      storage?.kind === 's3' ? 'since STORAGE_URL is an S3 bucket' : 'since half of the pair is set'
    if (s3AccessKeyId === null) expect('PATCHBAY_S3_ACCESS_KEY_ID', `an access key id, ${since}`)
    if (s3SecretAccessKey === null) {
      expect('PATCHBAY_S3_SECRET_ACCESS_KEY', `the secret of the access key, ${since}`)
    }
  }
  if (storage?.kind === 'azure' && values.azureConnectionString === null) {
    expect('PATCHBAY_AZURE_CONNECTION_STRING', 'a connection string, since STORAGE_URL is an Azure container')
  }
  if (alone && (storage?.kind ?? 'file') === 'file' && storageShared === false) {
    expect(
      'PATCHBAY_STORAGE_SHARED',
      `true, to confirm that all api and worker processes see the same archive directory, since ROLE=${role}`,
    )
  }
  return mistakes
}
