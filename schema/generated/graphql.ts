/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type ApplyFilterInput = {
  filter: string;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  siteId: string | number;
  value: unknown;
};

export type ApplyWebhookInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** As the YAML says it too. */
  name: string;
  organizationId: string | number;
  /** Webhooks-as-code: the YAML text. */
  source: string;
};

export type ApprovePackageInput = {
  comment?: string | null | undefined;
  /** Permissions that are granted; all that the manifest asks for where left out. */
  grantedPermissions?: Array<string> | null | undefined;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  packageId: string | number;
};

export type AuditFilter = {
  /** e.g. package.approved, or package.* for all that begin so */
  action?: string | null | undefined;
  actorId?: string | number | null | undefined;
  from?: string | null | undefined;
  organizationId?: string | number | null | undefined;
  /** What concerns this plugin: its packages, installations, settings, … */
  pluginId?: string | number | null | undefined;
  subjectId?: string | number | null | undefined;
  success?: boolean | null | undefined;
  to?: string | null | undefined;
};

export type ConflictKind =
  /** Something that is installed would no longer have what it needs. */
  | 'BREAKS_DEPENDENT'
  /** Two plugins add the same module, view, theme or extension point. */
  | 'CONTRIBUTION_CONFLICT'
  /** All that is left would need itself in a circle; `slugs` is its path. */
  | 'CYCLE'
  /** A plugin says that it cannot stand beside another. */
  | 'DECLARED_CONFLICT'
  /** Something is made for other versions of the site's host. */
  | 'HOST_INCOMPATIBLE'
  /** There is no such plugin that the site could have. */
  | 'NOT_FOUND'
  /** No version of it that the site could have lies in the range. */
  | 'NO_MATCHING_VERSION'
  /** The search was given up: there may be a solution. */
  | 'TOO_COMPLEX'
  /** Each demand could be met, but not all of them together. */
  | 'VERSION_CONFLICT';

export type CreateApiKeyInput = {
  expiresAt?: string | null | undefined;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  name: string;
  organizationId?: string | number | null | undefined;
  /** Fewer than the role gives, also of plugins; left out: all of it. */
  permissions?: Array<string> | null | undefined;
  role: Role;
};

export type CreateDeploymentInput = {
  /** Whether it runs afterwards; it does where left out. */
  activate?: boolean | null | undefined;
  configuration?: unknown;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** What the sites get. */
  packageId?: string | number | null | undefined;
  siteIds?: Array<string | number> | null | undefined;
  type: DeploymentType;
};

export type CreateOrganizationInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  name: string;
  slug: string;
};

export type CreateRegistryInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  name: string;
  /** Left out: the platform's; of a SITE registry, the site's. */
  organizationId?: string | number | null | undefined;
  /** For SITE registries. */
  siteId?: string | number | null | undefined;
  slug: string;
  /** Where new archives go, e.g. s3://bucket/prefix; left out: the platform's own store. For the platform's admins. */
  storage?: string | null | undefined;
  type: RegistryType;
};

export type CreateSiteInput = {
  hostVersion: string;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  labels?: unknown;
  name: string;
  organizationId: string | number;
  slug: string;
};

export type DeactivateAllInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** Neither this nor a site: the whole platform. */
  organizationId?: string | number | null | undefined;
  reason: string;
  siteId?: string | number | null | undefined;
};

/** Tells the registry what the host application offers: hooks, events, filters, modules and resources that manifests may name. */
export type DefineExtensionPointInput = {
  description: string;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  kind: ExtensionPointKind;
  name: string;
  payloadSchema?: unknown;
};

export type DeliveryStatus =
  | 'DEAD'
  | 'DELIVERED'
  | 'FAILED'
  | 'PENDING';

export type DeploymentStatus =
  | 'COMPLETED'
  | 'FAILED'
  | 'RUNNING';

export type DeploymentTargetStatus =
  | 'FAILED'
  | 'PENDING'
  | 'RUNNING'
  | 'SKIPPED'
  | 'SUCCEEDED';

export type DeploymentType =
  | 'INSTALL'
  | 'UPGRADE';

export type DeprecatePackageInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** Why; null takes the deprecation back. */
  message?: string | null | undefined;
  packageId: string | number;
  replacementPluginId?: string | number | null | undefined;
};

export type DispatchHookInput = {
  hook: string;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  payload: unknown;
  siteId: string | number;
};

/** Without an organization or site: the principal's only organization, else BAD_USER_INPUT. */
export type EmitEventInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  organizationId?: string | number | null | undefined;
  payload: unknown;
  siteId?: string | number | null | undefined;
  type: string;
};

export type ExtensionPointKind =
  | 'EVENT'
  | 'FILTER'
  | 'HOOK'
  | 'MODULE'
  | 'RESOURCE';

export type FileChangeKind =
  | 'ADDED'
  | 'CHANGED'
  | 'REMOVED';

export type FindingCategory =
  | 'ARCHIVE'
  | 'COMPATIBILITY'
  | 'DEPENDENCIES'
  | 'INTEGRITY'
  | 'MANIFEST'
  | 'PERMISSIONS'
  | 'SECURITY'
  | 'SIGNATURE';

export type FindingSeverity =
  | 'ERROR'
  | 'INFO'
  | 'WARNING';

export type GrantPermissionInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  organizationId: string | number;
  permission: string;
  role: Role;
};

export type GrantRoleInput = {
  email: string;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** Of a user who is not known yet; his address where left out. */
  name?: string | null | undefined;
  organizationId?: string | number | null | undefined;
  role: Role;
};

export type HealthResolution =
  | 'DAY'
  | 'HOUR'
  | 'MINUTE'
  | 'RAW';

export type HealthSampleInput = {
  avgExecutionTime?: number | null | undefined;
  cpuUsage?: number | null | undefined;
  errorCount?: number | null | undefined;
  installationId: string | number;
  invocations?: number | null | undefined;
  memoryUsage?: number | null | undefined;
  recordedAt?: string | null | undefined;
  status?: HealthStatus | null | undefined;
  warningCount?: number | null | undefined;
};

export type HealthStatus =
  | 'DEGRADED'
  | 'HEALTHY'
  | 'UNHEALTHY'
  | 'UNKNOWN';

export type InstallPluginInput = {
  /** Activate it and its dependencies too. */
  activate?: boolean | null | undefined;
  configuration?: unknown;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** Install optional dependencies too, where that is possible. */
  includeOptional?: boolean | null | undefined;
  /** By which it is to run; else the best licence that the site has is taken, where one is needed. */
  licenseKey?: string | null | undefined;
  /** Either a package, or a plugin with a range (default: its latest package). */
  packageId?: string | number | null | undefined;
  pluginId?: string | number | null | undefined;
  range?: string | null | undefined;
  siteId: string | number;
};

export type InstallationInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  installationId: string | number;
};

export type InstallationStatus =
  | 'ACTIVE'
  | 'FAILED'
  | 'INACTIVE'
  | 'INSTALLED'
  | 'INSTALLING'
  | 'UNINSTALLED';

export type InvocationKind =
  | 'EVENT'
  | 'FILTER'
  | 'HEALTH'
  | 'HOOK'
  | 'JOB'
  | 'LIFECYCLE'
  | 'MIGRATION'
  | 'ROUTE'
  | 'TRANSFORM';

export type InvocationOutcome =
  | 'ABORTED'
  | 'CRASHED'
  | 'DENIED'
  | 'ERROR'
  | 'OK'
  | 'OUT_OF_MEMORY'
  | 'TIMEOUT';

export type InvocationStatus =
  | 'FINISHED'
  | 'QUEUED'
  | 'RUNNING';

export type IssueLicenseInput = {
  entitlements?: Array<string> | null | undefined;
  /** Left out: never. A trial is as long as its plugin's licence policy says. */
  expiresAt?: string | null | undefined;
  /** Days after the expiry in which all runs on; 0 to 365. */
  gracePeriodDays?: number | null | undefined;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** Left out: no limit; one for a SITE licence. */
  maxInstallations?: number | null | undefined;
  /** Left out for a FREE or DEVELOPER one: of whoever has the key. */
  organizationId?: string | number | null | undefined;
  pluginId: string | number;
  /** Needed for a SITE licence. */
  siteId?: string | number | null | undefined;
  /** Left out: now. */
  startsAt?: string | null | undefined;
  type: LicenseType;
};

export type LicenseInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  licenseId: string | number;
  /** Needed to suspend and to revoke. */
  reason?: string | null | undefined;
};

/** Whether installing needs a licence, and whether a version released before the expiry stays usable. */
export type LicensePolicyInput = {
  /** Left out: as it is. */
  perpetualFallback?: boolean | null | undefined;
  required: boolean;
  /** 1 to 365; left out: as it is; null: no trials. */
  trialDays?: number | null | undefined;
};

export type LicenseStatus =
  | 'ACTIVE'
  | 'EXPIRED'
  | 'REVOKED'
  | 'SUSPENDED';

export type LicenseType =
  | 'DEVELOPER'
  | 'ENTERPRISE'
  | 'FREE'
  | 'SITE'
  | 'TRIAL';

export type LicenseValidationCode =
  | 'DEVELOPMENT_ONLY'
  | 'EXPIRED'
  | 'IN_GRACE_PERIOD'
  | 'NOT_FOUND'
  | 'NOT_STARTED'
  | 'ORGANIZATION_MISMATCH'
  | 'PLUGIN_MISMATCH'
  | 'REVOKED'
  | 'SITE_MISMATCH'
  | 'SUSPENDED'
  | 'TOO_MANY_INSTALLATIONS'
  | 'VALID';

export type PackageFilter = {
  minRisk?: RiskLevel | null | undefined;
  pluginId?: string | number | null | undefined;
  registryId?: string | number | null | undefined;
  status?: Array<PackageStatus> | null | undefined;
};

export type PackageFormat =
  | 'MPK'
  | 'ZIP';

export type PackageStatus =
  | 'APPROVED'
  | 'IN_REVIEW'
  | 'PENDING_REVIEW'
  | 'REJECTED'
  | 'REVOKED';

export type PluginFilter = {
  /** Only plugins with an approved release that you may see. */
  approvedOnly?: boolean | null | undefined;
  enabled?: boolean | null | undefined;
  keyword?: string | null | undefined;
  /** Words or their beginnings, in name, keywords, description and author; forgives typing errors in names. */
  search?: string | null | undefined;
  type?: Array<PluginType> | null | undefined;
};

/** RELEVANCE goes with `search`, and is the order where that is given. */
export type PluginOrder =
  | 'INSTALLS_DESC'
  | 'NAME_ASC'
  | 'RATING_DESC'
  | 'RELEVANCE'
  | 'UPDATED_DESC';

export type PluginType =
  | 'AI_MODULE'
  | 'INTEGRATION'
  | 'UI_THEME'
  | 'WORKFLOW';

export type PromotePackageInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  packageId: string | number;
  /** An ENTERPRISE registry; left out: the platform's. */
  registryId?: string | number | null | undefined;
};

export type RatePluginInput = {
  comment?: string | null | undefined;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  pluginId: string | number;
  rating: number;
  /** Where it was tried: the rating is of the version that is installed there, else of the latest. */
  siteId?: string | number | null | undefined;
};

export type RecordHealthInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  samples: Array<HealthSampleInput>;
};

export type RedeliverInput = {
  deliveryId: string | number;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
};

export type RegisterPublisherKeyInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  name: string;
  /** Whose publishers sign with it. Left out: the platform's. */
  organizationId?: string | number | null | undefined;
  /** SPKI as PEM, or the 32 raw bytes in base64. */
  publicKey: string;
};

export type RegistryType =
  | 'DEVELOPER'
  | 'ENTERPRISE'
  | 'SITE';

export type RejectPackageInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  packageId: string | number;
  reason: string;
};

export type RenewLicenseInput = {
  expiresAt: string;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  licenseId: string | number;
};

export type ReplayEventDeliveryInput = {
  eventDeliveryId: string | number;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
};

export type ResolutionAction =
  | 'INSTALL'
  | 'KEEP'
  | 'UPGRADE';

export type RevertPluginSettingsInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  revisionId: string | number;
};

export type ReviewDecision =
  | 'APPROVED'
  | 'REJECTED'
  | 'REVOKED'
  | 'STARTED';

export type RevokeApiKeyInput = {
  apiKeyId: string | number;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
};

/** Revoking always stops the code everywhere; `deactivate` sets the installations INACTIVE as well. */
export type RevokePackageInput = {
  deactivate?: boolean | null | undefined;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  packageId: string | number;
  reason: string;
};

export type RevokePermissionInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  organizationId: string | number;
  permission: string;
  role: Role;
};

export type RevokePublisherKeyInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  publisherKeyId: string | number;
  reason: string;
};

export type RevokeRoleInput = {
  email: string;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  organizationId?: string | number | null | undefined;
  role: Role;
};

export type RiskLevel =
  | 'HIGH'
  | 'LOW'
  | 'MEDIUM';

/** What a principal may do. A membership without an organization holds on the whole platform. */
export type Role =
  | 'ADMIN'
  | 'OPERATOR'
  | 'PUBLISHER'
  | 'REVIEWER'
  | 'VIEWER';

/** Which key comes is configuration. */
export type RotateMasterKeyInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
};

export type RunJobInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  installationId: string | number;
  job: string;
  payload?: unknown;
  /** Wait for its end (the default), or only queue it. */
  wait?: boolean | null | undefined;
};

export type SetPluginEnabledInput = {
  enabled: boolean;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** Left out: globally. */
  organizationId?: string | number | null | undefined;
  pluginId: string | number;
};

/** Of one installation; of an organization and plugin, which its sites inherit; or of an organization alone, for its webhooks. */
export type SetSecretInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  installationId?: string | number | null | undefined;
  key: string;
  organizationId?: string | number | null | undefined;
  pluginId?: string | number | null | undefined;
  value: string;
};

export type SetWebhookEnabledInput = {
  enabled: boolean;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  webhookId: string | number;
};

/** Where a setting comes from; DEFAULT is the manifest's. */
export type SettingsOriginLevel =
  | 'DEFAULT'
  | 'GLOBAL'
  | 'ORGANIZATION'
  | 'SITE';

export type SettingsScope =
  | 'GLOBAL'
  | 'ORGANIZATION'
  | 'SITE';

export type SignatureStatus =
  | 'INVALID'
  | 'KEY_REVOKED'
  | 'UNSIGNED'
  | 'VALID';

export type StartReviewInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  packageId: string | number;
};

export type SubmitPackageInput = {
  changelog?: string | null | undefined;
  /** SHA-256 hex that the sender computed; a mismatch refuses the upload. */
  checksum?: string | null | undefined;
  /** The bytes, as a part of a multipart request. */
  file?: File | null | undefined;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** The registered publisher key that the signature is by. */
  keyId?: string | null | undefined;
  /** Instead of `file`: an address from which the server fetches them through its egress guard (checksum is then required). */
  packageUrl?: string | null | undefined;
  /** Left out: the platform's ENTERPRISE registry. */
  registryId?: string | number | null | undefined;
  /** Detached Ed25519 signature of the archive's SHA-256 (its 32 bytes), base64. */
  signature?: string | null | undefined;
};

export type UninstallInput = {
  /** Uninstall what depends on it as well. */
  cascade?: boolean | null | undefined;
  /** Go on where its onDeactivate or onUninstall fails. */
  force?: boolean | null | undefined;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  installationId: string | number;
  /** Keep its files, collections and secrets for a later install. */
  keepData?: boolean | null | undefined;
};

export type UnyankPackageInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  packageId: string | number;
};

export type UpdateOrganizationInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  name?: string | null | undefined;
  organizationId: string | number;
  /** From now on only packages with a valid signature of their publisher are installed. */
  requireSignatures?: boolean | null | undefined;
};

export type UpdatePluginInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  licensePolicy?: LicensePolicyInput | null | undefined;
  pluginId: string | number;
};

export type UpdatePluginSettingsInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** For SITE. */
  installationId?: string | number | null | undefined;
  /** Paths, e.g. smtp.host, that no level below may set: all of them; those of now where left out. */
  locked?: Array<string> | null | undefined;
  /** For ORGANIZATION. */
  organizationId?: string | number | null | undefined;
  /** For GLOBAL and ORGANIZATION. */
  pluginId?: string | number | null | undefined;
  scope: SettingsScope;
  /** JSON merge patch (RFC 7396) of what the level holds; null takes a key away. */
  settings: unknown;
};

export type UpdateRegistryInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  isActive?: boolean | null | undefined;
  name?: string | null | undefined;
  registryId: string | number;
  /** Where new archives go, e.g. s3://bucket/prefix; left out: the platform's own store. For the platform's admins. */
  storage?: string | null | undefined;
};

export type UpdateSiteInput = {
  hostVersion?: string | null | undefined;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  /** In place of all former ones. */
  labels?: unknown;
  name?: string | null | undefined;
  siteId: string | number;
};

export type UpgradeInstallationInput = {
  /** Replaces the configuration; it is kept where left out. */
  configuration?: unknown;
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  installationId: string | number;
  /** The version to take; left out: its availableUpdate. */
  packageId?: string | number | null | undefined;
};

/** What the caller can mend. */
export type UserErrorCode =
  | 'ABORTED_BY_PLUGIN'
  | 'ALREADY_EXISTS'
  | 'ARCHIVE_REJECTED'
  | 'CHECKSUM_MISMATCH'
  | 'CONTRIBUTION_CONFLICT'
  | 'DEPENDENCY_CONFLICT'
  | 'DOWNGRADE'
  | 'HAS_DEPENDENTS'
  | 'HOST_INCOMPATIBLE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'INVALID_INPUT'
  | 'INVALID_STATE'
  | 'LICENSE_EXPIRED'
  | 'LICENSE_INVALID'
  | 'LICENSE_LIMIT'
  | 'LICENSE_REQUIRED'
  | 'MANIFEST_INVALID'
  | 'NOT_APPROVED'
  | 'NOT_FOUND'
  | 'PERMISSION_NOT_GRANTED'
  | 'PLAN_STALE'
  | 'QUOTA_EXCEEDED'
  | 'REVOKED'
  | 'SANDBOX_ERROR'
  | 'SANDBOX_OUT_OF_MEMORY'
  | 'SANDBOX_TIMEOUT'
  | 'SECRET_MISSING'
  | 'SECURITY_FINDINGS'
  | 'SELF_REVIEW'
  | 'SETTINGS_INVALID'
  | 'SETTING_LOCKED'
  | 'SIGNATURE_INVALID'
  | 'SIGNATURE_REQUIRED'
  | 'TRIAL_USED'
  | 'VERSION_EXISTS'
  | 'WEBHOOK_INVALID'
  | 'YANKED';

export type WebhookInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  webhookId: string | number;
};

export type YankPackageInput = {
  /** A repeat with the same key and input within 24 h gets the first answer; with another input it is refused. */
  idempotencyKey?: string | null | undefined;
  packageId: string | number;
  reason: string;
};

export type AuditEntryPartsFragment = { id: string, at: string, action: string, success: boolean, error: string | null, requestId: string | null, details: unknown, actor:
    | { __typename: 'ApiKey', id: string, name: string }
    | { __typename: 'User', id: string, email: string }
   | null, organization: { slug: string } | null, subject:
    | { __typename: 'ApiKey', id: string }
    | { __typename: 'AuditEntry', id: string }
    | { __typename: 'Deployment', id: string }
    | { __typename: 'DeploymentTarget', id: string }
    | { __typename: 'Event', id: string }
    | { __typename: 'EventDelivery', id: string }
    | { __typename: 'Installation', id: string }
    | { __typename: 'Invocation', id: string }
    | { __typename: 'License', id: string }
    | { __typename: 'Organization', id: string }
    | { __typename: 'OrganizationPluginConfig', id: string }
    | { __typename: 'Package', id: string }
    | { __typename: 'Plugin', id: string }
    | { __typename: 'PublisherKey', id: string }
    | { __typename: 'Rating', id: string }
    | { __typename: 'Registry', id: string }
    | { __typename: 'Review', id: string }
    | { __typename: 'SettingsRevision', id: string }
    | { __typename: 'Site', id: string }
    | { __typename: 'Submission', id: string }
    | { __typename: 'User', id: string }
    | { __typename: 'Webhook', id: string }
    | { __typename: 'WebhookDelivery', id: string }
   | null };

export type VerifyAuditChainQueryVariables = Exact<{
  organizationId?: string | number | null | undefined;
}>;


export type VerifyAuditChainQuery = { verifyAuditChain: { valid: boolean, entries: number, unsealed: number, sealedUpTo: { number: number, hash: string, at: string } | null, firstBroken: { number: number | null, entryId: string | null, problem: string, entry: { id: string, action: string } | null } | null } };

export type AuditPageQueryVariables = Exact<{
  filter?: AuditFilter | null | undefined;
  last: number;
  before?: string | null | undefined;
}>;


export type AuditPageQuery = { auditLog: { nodes: Array<{ id: string, at: string, action: string, success: boolean, error: string | null, requestId: string | null, details: unknown, actor:
        | { __typename: 'ApiKey', id: string, name: string }
        | { __typename: 'User', id: string, email: string }
       | null, organization: { slug: string } | null, subject:
        | { __typename: 'ApiKey', id: string }
        | { __typename: 'AuditEntry', id: string }
        | { __typename: 'Deployment', id: string }
        | { __typename: 'DeploymentTarget', id: string }
        | { __typename: 'Event', id: string }
        | { __typename: 'EventDelivery', id: string }
        | { __typename: 'Installation', id: string }
        | { __typename: 'Invocation', id: string }
        | { __typename: 'License', id: string }
        | { __typename: 'Organization', id: string }
        | { __typename: 'OrganizationPluginConfig', id: string }
        | { __typename: 'Package', id: string }
        | { __typename: 'Plugin', id: string }
        | { __typename: 'PublisherKey', id: string }
        | { __typename: 'Rating', id: string }
        | { __typename: 'Registry', id: string }
        | { __typename: 'Review', id: string }
        | { __typename: 'SettingsRevision', id: string }
        | { __typename: 'Site', id: string }
        | { __typename: 'Submission', id: string }
        | { __typename: 'User', id: string }
        | { __typename: 'Webhook', id: string }
        | { __typename: 'WebhookDelivery', id: string }
       | null }>, pageInfo: { hasPreviousPage: boolean, startCursor: string | null } } };

export type AuditLoggedSubscriptionVariables = Exact<{
  organizationId?: string | number | null | undefined;
  after?: string | null | undefined;
}>;


export type AuditLoggedSubscription = { auditLogged: { cursor: string, entry: { id: string, at: string, action: string, success: boolean, error: string | null, requestId: string | null, details: unknown, actor:
        | { __typename: 'ApiKey', id: string, name: string }
        | { __typename: 'User', id: string, email: string }
       | null, organization: { slug: string } | null, subject:
        | { __typename: 'ApiKey', id: string }
        | { __typename: 'AuditEntry', id: string }
        | { __typename: 'Deployment', id: string }
        | { __typename: 'DeploymentTarget', id: string }
        | { __typename: 'Event', id: string }
        | { __typename: 'EventDelivery', id: string }
        | { __typename: 'Installation', id: string }
        | { __typename: 'Invocation', id: string }
        | { __typename: 'License', id: string }
        | { __typename: 'Organization', id: string }
        | { __typename: 'OrganizationPluginConfig', id: string }
        | { __typename: 'Package', id: string }
        | { __typename: 'Plugin', id: string }
        | { __typename: 'PublisherKey', id: string }
        | { __typename: 'Rating', id: string }
        | { __typename: 'Registry', id: string }
        | { __typename: 'Review', id: string }
        | { __typename: 'SettingsRevision', id: string }
        | { __typename: 'Site', id: string }
        | { __typename: 'Submission', id: string }
        | { __typename: 'User', id: string }
        | { __typename: 'Webhook', id: string }
        | { __typename: 'WebhookDelivery', id: string }
       | null } } };

export type CliFindingFragment = { severity: FindingSeverity, category: FindingCategory, check: string, message: string, path: string | null, line: number | null };

export type CliReportFragment = { valid: boolean, riskLevel: RiskLevel, checks: Array<{ check: string, category: FindingCategory, passed: boolean }>, findings: Array<{ severity: FindingSeverity, category: FindingCategory, check: string, message: string, path: string | null, line: number | null }> };

export type CliPackageFragment = { id: string, version: string, status: PackageStatus, statusReason: string | null, checksum: string, size: number, format: PackageFormat, submittedAt: string, signatureStatus: SignatureStatus, approvalsNeeded: number, approvalsGiven: number, deprecated: string | null, yankedAt: string | null, yankReason: string | null, permissions: Array<{ permission: string, risk: RiskLevel, granted: boolean | null }>, plugin: { id: string, slug: string, name: string }, registry: { slug: string, name: string }, replacement: { slug: string } | null, submittedBy:
    | { name: string }
    | { name: string }
   | null, heldBy:
    | { name: string }
    | { name: string }
   | null, reviews: Array<{ decision: ReviewDecision, comment: string | null, at: string, reviewer:
      | { name: string }
      | { name: string }
     | null }>, validation: { riskLevel: RiskLevel, findings: Array<{ severity: FindingSeverity, category: FindingCategory, check: string, message: string, path: string | null, line: number | null }> } };

export type CliSubmitMutationVariables = Exact<{
  input: SubmitPackageInput;
}>;


export type CliSubmitMutation = { submitPackage: { package: { id: string, version: string, status: PackageStatus, statusReason: string | null, checksum: string, size: number, format: PackageFormat, submittedAt: string, signatureStatus: SignatureStatus, approvalsNeeded: number, approvalsGiven: number, deprecated: string | null, yankedAt: string | null, yankReason: string | null, permissions: Array<{ permission: string, risk: RiskLevel, granted: boolean | null }>, plugin: { id: string, slug: string, name: string }, registry: { slug: string, name: string }, replacement: { slug: string } | null, submittedBy:
        | { name: string }
        | { name: string }
       | null, heldBy:
        | { name: string }
        | { name: string }
       | null, reviews: Array<{ decision: ReviewDecision, comment: string | null, at: string, reviewer:
          | { name: string }
          | { name: string }
         | null }>, validation: { riskLevel: RiskLevel, findings: Array<{ severity: FindingSeverity, category: FindingCategory, check: string, message: string, path: string | null, line: number | null }> } } | null, validation: { valid: boolean, riskLevel: RiskLevel, checks: Array<{ check: string, category: FindingCategory, passed: boolean }>, findings: Array<{ severity: FindingSeverity, category: FindingCategory, check: string, message: string, path: string | null, line: number | null }> } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type CliPackageByIdQueryVariables = Exact<{
  id: string | number;
}>;


export type CliPackageByIdQuery = { node:
    | { id: string, version: string, status: PackageStatus, statusReason: string | null, checksum: string, size: number, format: PackageFormat, submittedAt: string, signatureStatus: SignatureStatus, approvalsNeeded: number, approvalsGiven: number, deprecated: string | null, yankedAt: string | null, yankReason: string | null, permissions: Array<{ permission: string, risk: RiskLevel, granted: boolean | null }>, plugin: { id: string, slug: string, name: string }, registry: { slug: string, name: string }, replacement: { slug: string } | null, submittedBy:
        | { name: string }
        | { name: string }
       | null, heldBy:
        | { name: string }
        | { name: string }
       | null, reviews: Array<{ decision: ReviewDecision, comment: string | null, at: string, reviewer:
          | { name: string }
          | { name: string }
         | null }>, validation: { riskLevel: RiskLevel, findings: Array<{ severity: FindingSeverity, category: FindingCategory, check: string, message: string, path: string | null, line: number | null }> } }
    | Record<PropertyKey, never>
   | null };

export type CliNewestPackageQueryVariables = Exact<{
  slug: string;
}>;


export type CliNewestPackageQuery = { plugin: { packages: { nodes: Array<{ id: string, version: string, status: PackageStatus, statusReason: string | null, checksum: string, size: number, format: PackageFormat, submittedAt: string, signatureStatus: SignatureStatus, approvalsNeeded: number, approvalsGiven: number, deprecated: string | null, yankedAt: string | null, yankReason: string | null, permissions: Array<{ permission: string, risk: RiskLevel, granted: boolean | null }>, plugin: { id: string, slug: string, name: string }, registry: { slug: string, name: string }, replacement: { slug: string } | null, submittedBy:
          | { name: string }
          | { name: string }
         | null, heldBy:
          | { name: string }
          | { name: string }
         | null, reviews: Array<{ decision: ReviewDecision, comment: string | null, at: string, reviewer:
            | { name: string }
            | { name: string }
           | null }>, validation: { riskLevel: RiskLevel, findings: Array<{ severity: FindingSeverity, category: FindingCategory, check: string, message: string, path: string | null, line: number | null }> } }> } } | null };

export type CliPackageByVersionQueryVariables = Exact<{
  slug: string;
  version: string;
}>;


export type CliPackageByVersionQuery = { plugin: { package: { id: string, version: string, status: PackageStatus, statusReason: string | null, checksum: string, size: number, format: PackageFormat, submittedAt: string, signatureStatus: SignatureStatus, approvalsNeeded: number, approvalsGiven: number, deprecated: string | null, yankedAt: string | null, yankReason: string | null, permissions: Array<{ permission: string, risk: RiskLevel, granted: boolean | null }>, plugin: { id: string, slug: string, name: string }, registry: { slug: string, name: string }, replacement: { slug: string } | null, submittedBy:
        | { name: string }
        | { name: string }
       | null, heldBy:
        | { name: string }
        | { name: string }
       | null, reviews: Array<{ decision: ReviewDecision, comment: string | null, at: string, reviewer:
          | { name: string }
          | { name: string }
         | null }>, validation: { riskLevel: RiskLevel, findings: Array<{ severity: FindingSeverity, category: FindingCategory, check: string, message: string, path: string | null, line: number | null }> } } | null } | null };

export type CliRefusalsQueryVariables = Exact<{
  slug: string;
}>;


export type CliRefusalsQuery = { submissions: { nodes: Array<{ version: string | null, at: string, checksum: string | null, refusal: string | null, validation: { valid: boolean, riskLevel: RiskLevel, checks: Array<{ check: string, category: FindingCategory, passed: boolean }>, findings: Array<{ severity: FindingSeverity, category: FindingCategory, check: string, message: string, path: string | null, line: number | null }> } }> } };

export type CliPackageMovedSubscriptionVariables = Exact<{
  pluginId: string | number;
  after?: string | null | undefined;
}>;


export type CliPackageMovedSubscription = { packageChanged: { cursor: string, package: { id: string } } };

export type CliViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type CliViewerQuery = { viewer:
    | { name: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> }
    | { name: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> }
   | null };

export type CliRegistryQueryVariables = Exact<{
  slug: string;
}>;


export type CliRegistryQuery = { registry: { id: string, isActive: boolean } | null };

export type CliOrganizationQueryVariables = Exact<{
  slug: string;
}>;


export type CliOrganizationQuery = { organization: { id: string } | null };

export type CliOrganizationsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type CliOrganizationsQuery = { organizations: { nodes: Array<{ id: string, slug: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CliKeyFragment = { id: string, keyId: string, name: string, createdAt: string, revokedAt: string | null, revokeReason: string | null, organization: { slug: string } | null };

export type CliRegisterKeyMutationVariables = Exact<{
  input: RegisterPublisherKeyInput;
}>;


export type CliRegisterKeyMutation = { registerPublisherKey: { publisherKey: { id: string, keyId: string, name: string, createdAt: string, revokedAt: string | null, revokeReason: string | null, organization: { slug: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type CliRevokeKeyMutationVariables = Exact<{
  input: RevokePublisherKeyInput;
}>;


export type CliRevokeKeyMutation = { revokePublisherKey: { publisherKey: { id: string, keyId: string, name: string, createdAt: string, revokedAt: string | null, revokeReason: string | null, organization: { slug: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type CliKeysQueryVariables = Exact<{
  organizationId?: string | number | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type CliKeysQuery = { publisherKeys: { nodes: Array<{ id: string, keyId: string, name: string, createdAt: string, revokedAt: string | null, revokeReason: string | null, organization: { slug: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CliRunFragment = { id: string, kind: InvocationKind, name: string, outcome: InvocationOutcome | null, startedAt: string | null, finishedAt: string | null, durationMs: number | null, error: string | null, installation: { id: string }, logs: Array<{ at: string, level: string, message: string }> };

export type CliRunsQueryVariables = Exact<{
  installationId: string | number;
  from: string;
  last: number;
  before?: string | null | undefined;
}>;


export type CliRunsQuery = { invocations: { nodes: Array<{ id: string, kind: InvocationKind, name: string, outcome: InvocationOutcome | null, startedAt: string | null, finishedAt: string | null, durationMs: number | null, error: string | null, installation: { id: string }, logs: Array<{ at: string, level: string, message: string }> }>, pageInfo: { hasPreviousPage: boolean, startCursor: string | null } } };

export type CliUnendedRunsQueryVariables = Exact<{
  installationId: string | number;
  from: string;
  last: number;
  known: Array<string | number> | string | number;
}>;


export type CliUnendedRunsQuery = { invocations: { nodes: Array<{ id: string, kind: InvocationKind, name: string, outcome: InvocationOutcome | null, startedAt: string | null, finishedAt: string | null, durationMs: number | null, error: string | null, installation: { id: string }, logs: Array<{ at: string, level: string, message: string }> }> }, nodes: Array<
    | { id: string, kind: InvocationKind, name: string, outcome: InvocationOutcome | null, startedAt: string | null, finishedAt: string | null, durationMs: number | null, error: string | null, installation: { id: string }, logs: Array<{ at: string, level: string, message: string }> }
    | Record<PropertyKey, never>
   | null> };

export type CliRunFinishedSubscriptionVariables = Exact<{
  installationId: string | number;
  after?: string | null | undefined;
}>;


export type CliRunFinishedSubscription = { invocationFinished: { cursor: string, invocation: { id: string, kind: InvocationKind, name: string, outcome: InvocationOutcome | null, startedAt: string | null, finishedAt: string | null, durationMs: number | null, error: string | null, installation: { id: string }, logs: Array<{ at: string, level: string, message: string }> } } };

export type CliInstallationQueryVariables = Exact<{
  id: string | number;
}>;


export type CliInstallationQuery = { node:
    | { id: string }
    | Record<PropertyKey, never>
   | null };

export type CliPluginQueryVariables = Exact<{
  slug: string;
}>;


export type CliPluginQuery = { plugin: { id: string } | null };

export type CliInstallationsOfQueryVariables = Exact<{
  pluginId: string | number;
  first: number;
  after?: string | null | undefined;
}>;


export type CliInstallationsOfQuery = { installations: { nodes: Array<{ id: string, site: { slug: string, organization: { slug: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CliSitesQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type CliSitesQuery = { organizations: { nodes: Array<{ id: string, slug: string, sites: { nodes: Array<{ id: string, slug: string }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CliInstalledQueryVariables = Exact<{
  siteId: string | number;
  pluginId: string | number;
}>;


export type CliInstalledQuery = { installations: { nodes: Array<{ id: string, status: InstallationStatus, version: string }> } };

export type SiteContributionsQueryVariables = Exact<{
  siteId: string | number;
}>;


export type SiteContributionsQuery = { contributions: { permissions: Array<string>, navigation: Array<{ label: string, url: string, icon: string | null, order: number, plugin: { slug: string } }>, dashboardWidgets: Array<{ title: string, source: string, sourceUrl: string, order: number, plugin: { slug: string } }>, views: Array<{ path: string, title: string, source: string, sourceUrl: string, plugin: { slug: string } }>, modules: Array<{ key: string, title: string, extends: string | null, plugin: { slug: string } }>, themes: Array<{ key: string, title: string, tokens: unknown, plugin: { slug: string } }>, routes: Array<{ method: string, url: string, permission: string | null }> } };

export type CreateDeploymentMutationVariables = Exact<{
  input: CreateDeploymentInput;
}>;


export type CreateDeploymentMutation = { createDeployment: { deployment: { id: string, status: DeploymentStatus, progress: { total: number, pending: number } } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type DeploymentProgressSubscriptionVariables = Exact<{
  deploymentId: string | number;
  after?: string | null | undefined;
}>;


export type DeploymentProgressSubscription = { deploymentProgress: { cursor: string, deployment: { id: string, status: DeploymentStatus, statusReason: string | null, progress: { total: number, pending: number, running: number, succeeded: number, failed: number, skipped: number, fraction: number } }, target: { id: string, status: DeploymentTargetStatus, error: string | null, site: { slug: string }, installation: { id: string, version: string, status: InstallationStatus } | null, previousInstallation: { version: string, status: InstallationStatus } | null } | null } };

export type EventTypesQueryVariables = Exact<{ [key: string]: never; }>;


export type EventTypesQuery = { eventTypes: Array<{ type: string, description: string, subject: string | null, stored: boolean, subscribable: boolean, stream: string }> };

export type EmitEventMutationVariables = Exact<{
  input: EmitEventInput;
}>;


export type EmitEventMutation = { emitEvent: { subscribers: number, event: { id: string, type: string, cursor: string } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type DispatchHookMutationVariables = Exact<{
  input: DispatchHookInput;
}>;


export type DispatchHookMutation = { dispatchHook: { aborted: boolean, abortReason: string | null, abortedBy: { slug: string } | null, results: Array<{ value: unknown, installation: { plugin: { slug: string } }, invocation: { id: string, outcome: InvocationOutcome | null, error: string | null, durationMs: number | null } }>, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type ApplyFilterMutationVariables = Exact<{
  input: ApplyFilterInput;
}>;


export type ApplyFilterMutation = { applyFilter: { value: unknown, results: Array<{ installation: { plugin: { slug: string } }, invocation: { outcome: InvocationOutcome | null } }>, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RunJobMutationVariables = Exact<{
  input: RunJobInput;
}>;


export type RunJobMutation = { runJob: { invocation: { id: string, status: InvocationStatus, outcome: InvocationOutcome | null, durationMs: number | null, error: string | null, logs: Array<{ level: string, message: string }> } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type InvocationsQueryVariables = Exact<{
  installationId?: string | number | null | undefined;
  siteId?: string | number | null | undefined;
  kind?: Array<InvocationKind> | InvocationKind | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type InvocationsQuery = { invocations: { nodes: Array<{ id: string, kind: InvocationKind, name: string, status: InvocationStatus, outcome: InvocationOutcome | null, startedAt: string | null, finishedAt: string | null, durationMs: number | null, cpuMs: number | null, heapUsed: number | null, error: string | null, logs: Array<{ at: string, level: string, message: string }>, installation: { id: string, plugin: { slug: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type EventsQueryVariables = Exact<{
  type?: string | null | undefined;
  siteId?: string | number | null | undefined;
  first?: number | null | undefined;
}>;


export type EventsQuery = { events: { nodes: Array<{ id: string, cursor: string, type: string, source: string, payload: unknown, occurredAt: string }> } };

export type EventStreamSubscriptionVariables = Exact<{
  type?: string | null | undefined;
  organizationId?: string | number | null | undefined;
  after?: string | null | undefined;
}>;


export type EventStreamSubscription = { events: { id: string, cursor: string, type: string, source: string, payload: unknown, occurredAt: string } };

export type EventDeliveriesQueryVariables = Exact<{
  status?: Array<DeliveryStatus> | DeliveryStatus | null | undefined;
  organizationId?: string | number | null | undefined;
  installationId?: string | number | null | undefined;
  first?: number | null | undefined;
}>;


export type EventDeliveriesQuery = { eventDeliveries: { nodes: Array<{ id: string, status: DeliveryStatus, attempts: number, error: string | null, nextAttemptAt: string | null, event: { id: string, type: string } | null }> } };

export type ReplayEventDeliveryMutationVariables = Exact<{
  input: ReplayEventDeliveryInput;
}>;


export type ReplayEventDeliveryMutation = { replayEventDelivery: { delivery: { id: string, status: DeliveryStatus, attempts: number, nextAttemptAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type EventInvocationsQueryVariables = Exact<{
  id: string | number;
}>;


export type EventInvocationsQuery = { node:
    | { type: string, invocations: { nodes: Array<{ id: string, outcome: InvocationOutcome | null, event: { id: string } | null }> } }
    | Record<PropertyKey, never>
   | null };

export type JobsQueryVariables = Exact<{
  installationId: string | number;
}>;


export type JobsQuery = { node:
    | { jobs: Array<{ name: string, schedule: string | null, nextRunAt: string | null, lastRun: { id: string, status: InvocationStatus, outcome: InvocationOutcome | null, durationMs: number | null, error: string | null } | null, runs: { totalCount: number, nodes: Array<{ id: string, outcome: InvocationOutcome | null, durationMs: number | null, error: string | null }> } }> }
    | Record<PropertyKey, never>
   | null };

export type EventRunsQueryVariables = Exact<{
  installationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type EventRunsQuery = { invocations: { nodes: Array<{ id: string, outcome: InvocationOutcome | null, event: { id: string, type: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type RecordHealthMutationVariables = Exact<{
  input: RecordHealthInput;
}>;


export type RecordHealthMutation = { recordHealth: { accepted: number, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type HealthHistoryQueryVariables = Exact<{
  installationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type HealthHistoryQuery = { node:
    | { id: string, health: { status: HealthStatus, lastSeenAt: string | null, history: { nodes: Array<{ recordedAt: string, status: HealthStatus, errorCount: number, avgExecutionTime: number | null, memoryUsage: number | null, cpuUsage: number | null, invocations: number }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } }
    | Record<PropertyKey, never>
   | null };

export type InstallationHealthSubscriptionVariables = Exact<{
  installationId?: string | number | null | undefined;
  siteId?: string | number | null | undefined;
  organizationId?: string | number | null | undefined;
  status?: Array<HealthStatus> | HealthStatus | null | undefined;
  after?: string | null | undefined;
}>;


export type InstallationHealthSubscription = { installationHealth: { cursor: string, installation: { id: string, version: string, plugin: { slug: string } }, sample: { recordedAt: string, status: HealthStatus, errorCount: number, avgExecutionTime: number | null, memoryUsage: number | null, cpuUsage: number | null, invocations: number } } };

export type SystemStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type SystemStatusQuery = { systemStatus: { version: string, pluginsLoaded: number, pluginsEnabled: number, jobsScheduled: number, sandbox: { ok: boolean, detail: string }, database: { ok: boolean, detail: string }, queue: { ok: boolean, detail: string }, storage: { ok: boolean, detail: string }, eventBus: { ok: boolean, detail: string } } };

export type HealthRolledUpQueryVariables = Exact<{
  installationId: string | number;
  resolution: HealthResolution;
  first?: number | null | undefined;
  after?: string | null | undefined;
  from?: string | null | undefined;
  to?: string | null | undefined;
}>;


export type HealthRolledUpQuery = { node:
    | { id: string, health: { history: { totalCount: number, nodes: Array<{ recordedAt: string, status: HealthStatus, errorCount: number, warningCount: number, avgExecutionTime: number | null, memoryUsage: number | null, cpuUsage: number | null, invocations: number }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } }
    | Record<PropertyKey, never>
   | null };

export type SiteInstallationsQueryVariables = Exact<{
  organization: string;
  site: string;
  first?: number | null | undefined;
}>;


export type SiteInstallationsQuery = { site: { id: string, installations: { nodes: Array<{ id: string, status: InstallationStatus, version: string, effectivelyEnabled: boolean, plugin: { slug: string }, health: { status: HealthStatus, latest: { recordedAt: string, invocations: number } | null } }> } } | null };

export type InstallPluginMutationVariables = Exact<{
  input: InstallPluginInput;
}>;


export type InstallPluginMutation = { installPlugin: { installation: { id: string, status: InstallationStatus, version: string } | null, installations: Array<{ id: string, status: InstallationStatus, version: string, plugin: { slug: string } }>, plan: { resolvable: boolean, steps: Array<{ action: ResolutionAction, requiredBy: Array<string>, package: { version: string, plugin: { slug: string } } }>, conflicts: Array<{ kind: ConflictKind, message: string, slugs: Array<string> }> } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type ActivateInstallationMutationVariables = Exact<{
  input: InstallationInput;
}>;


export type ActivateInstallationMutation = { activateInstallation: { installation: { id: string, status: InstallationStatus, effectivelyEnabled: boolean } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type DeactivateInstallationMutationVariables = Exact<{
  input: InstallationInput;
}>;


export type DeactivateInstallationMutation = { deactivateInstallation: { installation: { id: string, status: InstallationStatus, effectivelyEnabled: boolean } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type SetSecretMutationVariables = Exact<{
  input: SetSecretInput;
}>;


export type SetSecretMutation = { setSecret: { secret: { key: string, version: number, updatedAt: string } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type InstallationChangedSubscriptionVariables = Exact<{
  siteId?: string | number | null | undefined;
  after?: string | null | undefined;
}>;


export type InstallationChangedSubscription = { installationChanged: { cursor: string, previousStatus: InstallationStatus | null, reason: string | null, installation: { id: string, status: InstallationStatus, version: string, plugin: { slug: string } } } };

export type UninstallInstallationMutationVariables = Exact<{
  input: UninstallInput;
}>;


export type UninstallInstallationMutation = { uninstallInstallation: { installation: { id: string, status: InstallationStatus, failure: string | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RetryInstallationMutationVariables = Exact<{
  input: InstallationInput;
}>;


export type RetryInstallationMutation = { retryInstallation: { installation: { id: string, status: InstallationStatus, failure: string | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type DeactivateAllMutationVariables = Exact<{
  input: DeactivateAllInput;
}>;


export type DeactivateAllMutation = { deactivateAll: { deactivated: number, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type ResolveDependenciesQueryVariables = Exact<{
  siteId: string | number;
  packageId: string | number;
  includeOptional?: boolean | null | undefined;
}>;


export type ResolveDependenciesQuery = { resolveDependencies: { resolvable: boolean, steps: Array<{ action: ResolutionAction, requiredBy: Array<string>, package: { version: string, plugin: { slug: string } } }>, conflicts: Array<{ kind: ConflictKind, message: string, slugs: Array<string> }> } };

export type CheckHostVersionQueryVariables = Exact<{
  siteId: string | number;
  hostVersion: string;
}>;


export type CheckHostVersionQuery = { checkHostVersion: { compatible: boolean, incompatible: Array<{ hostRange: string, already: boolean, message: string, installation: { id: string, version: string, plugin: { slug: string } } }> } };

export type UpgradeInstallationMutationVariables = Exact<{
  input: UpgradeInstallationInput;
}>;


export type UpgradeInstallationMutation = { upgradeInstallation: { installation: { id: string, status: InstallationStatus, version: string, configuration: unknown, supersedes: { id: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RollbackInstallationMutationVariables = Exact<{
  input: InstallationInput;
}>;


export type RollbackInstallationMutation = { rollbackInstallation: { installation: { id: string, status: InstallationStatus, version: string, configuration: unknown, supersedes: { id: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type AvailableUpdatesQueryVariables = Exact<{
  siteId: string | number;
  first?: number | null | undefined;
}>;


export type AvailableUpdatesQuery = { installations: { nodes: Array<{ id: string, version: string, availableUpdate: { id: string, version: string } | null }> } };

export type LicensePartsFragment = { id: string, type: LicenseType, status: LicenseStatus, statusReason: string | null, key: string, maxInstallations: number | null, usedInstallations: number, startsAt: string, expiresAt: string | null, gracePeriodDays: number, entitlements: Array<string>, plugin: { slug: string }, organization: { id: string, slug: string } | null, site: { id: string, slug: string } | null };

export type UpdatePluginMutationVariables = Exact<{
  input: UpdatePluginInput;
}>;


export type UpdatePluginMutation = { updatePlugin: { plugin: { id: string, slug: string, licensePolicy: { required: boolean, perpetualFallback: boolean, trialDays: number | null } } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type IssueLicenseMutationVariables = Exact<{
  input: IssueLicenseInput;
}>;


export type IssueLicenseMutation = { issueLicense: { license: { certificate: string, id: string, type: LicenseType, status: LicenseStatus, statusReason: string | null, key: string, maxInstallations: number | null, usedInstallations: number, startsAt: string, expiresAt: string | null, gracePeriodDays: number, entitlements: Array<string>, plugin: { slug: string }, organization: { id: string, slug: string } | null, site: { id: string, slug: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type SuspendLicenseMutationVariables = Exact<{
  input: LicenseInput;
}>;


export type SuspendLicenseMutation = { suspendLicense: { license: { id: string, type: LicenseType, status: LicenseStatus, statusReason: string | null, key: string, maxInstallations: number | null, usedInstallations: number, startsAt: string, expiresAt: string | null, gracePeriodDays: number, entitlements: Array<string>, plugin: { slug: string }, organization: { id: string, slug: string } | null, site: { id: string, slug: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type ReinstateLicenseMutationVariables = Exact<{
  input: LicenseInput;
}>;


export type ReinstateLicenseMutation = { reinstateLicense: { license: { id: string, type: LicenseType, status: LicenseStatus, statusReason: string | null, key: string, maxInstallations: number | null, usedInstallations: number, startsAt: string, expiresAt: string | null, gracePeriodDays: number, entitlements: Array<string>, plugin: { slug: string }, organization: { id: string, slug: string } | null, site: { id: string, slug: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RevokeLicenseMutationVariables = Exact<{
  input: LicenseInput;
}>;


export type RevokeLicenseMutation = { revokeLicense: { license: { id: string, type: LicenseType, status: LicenseStatus, statusReason: string | null, key: string, maxInstallations: number | null, usedInstallations: number, startsAt: string, expiresAt: string | null, gracePeriodDays: number, entitlements: Array<string>, plugin: { slug: string }, organization: { id: string, slug: string } | null, site: { id: string, slug: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RenewLicenseMutationVariables = Exact<{
  input: RenewLicenseInput;
}>;


export type RenewLicenseMutation = { renewLicense: { license: { id: string, type: LicenseType, status: LicenseStatus, statusReason: string | null, key: string, maxInstallations: number | null, usedInstallations: number, startsAt: string, expiresAt: string | null, gracePeriodDays: number, entitlements: Array<string>, plugin: { slug: string }, organization: { id: string, slug: string } | null, site: { id: string, slug: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type ValidateLicenseQueryVariables = Exact<{
  key: string;
  siteId: string | number;
  pluginId: string | number;
}>;


export type ValidateLicenseQuery = { validateLicense: { valid: boolean, code: LicenseValidationCode, detail: string, license: { id: string, type: LicenseType, status: LicenseStatus, statusReason: string | null, key: string, maxInstallations: number | null, usedInstallations: number, startsAt: string, expiresAt: string | null, gracePeriodDays: number, entitlements: Array<string>, plugin: { slug: string }, organization: { id: string, slug: string } | null, site: { id: string, slug: string } | null } | null } };

export type LicensesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  pluginId?: string | number | null | undefined;
  organizationId?: string | number | null | undefined;
  status?: Array<LicenseStatus> | LicenseStatus | null | undefined;
  expiresBefore?: string | null | undefined;
}>;


export type LicensesQuery = { licenses: { totalCount: number, nodes: Array<{ id: string, type: LicenseType, status: LicenseStatus, statusReason: string | null, key: string, maxInstallations: number | null, usedInstallations: number, startsAt: string, expiresAt: string | null, gracePeriodDays: number, entitlements: Array<string>, plugin: { slug: string }, organization: { id: string, slug: string } | null, site: { id: string, slug: string } | null }> } };

export type LicenseByIdQueryVariables = Exact<{
  id: string | number;
}>;


export type LicenseByIdQuery = { node:
    | { certificate: string, id: string, type: LicenseType, status: LicenseStatus, statusReason: string | null, key: string, maxInstallations: number | null, usedInstallations: number, startsAt: string, expiresAt: string | null, gracePeriodDays: number, entitlements: Array<string>, installations: { totalCount: number, nodes: Array<{ id: string, status: InstallationStatus, license: { id: string } | null }> }, plugin: { slug: string }, organization: { id: string, slug: string } | null, site: { id: string, slug: string } | null }
    | Record<PropertyKey, never>
   | null };

export type MetricsPartsFragment = { invocations: number, errors: number, timeouts: number, p50Ms: number | null, p99Ms: number | null, liveIsolates: number, runtimeProcesses: number, webhookDeliveries: number, webhookFailures: number, subscribers: number };

export type SystemMetricsQueryVariables = Exact<{ [key: string]: never; }>;


export type SystemMetricsQuery = { systemStatus: { httpAllowlist: boolean, jobsScheduled: number, metrics: { invocations: number, errors: number, timeouts: number, p50Ms: number | null, p99Ms: number | null, liveIsolates: number, runtimeProcesses: number, webhookDeliveries: number, webhookFailures: number, subscribers: number } } };

export type OrganizationMetricsQueryVariables = Exact<{
  slug: string;
}>;


export type OrganizationMetricsQuery = { organization: { id: string, metrics: { invocations: number, errors: number, timeouts: number, p50Ms: number | null, p99Ms: number | null, liveIsolates: number, runtimeProcesses: number, webhookDeliveries: number, webhookFailures: number, subscribers: number } } | null };

export type InstallationsMetricsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type InstallationsMetricsQuery = { installations: { nodes: Array<{ id: string, version: string, plugin: { slug: string }, metrics: { invocations: number, errors: number, timeouts: number, p50Ms: number | null, p99Ms: number | null, liveIsolates: number, runtimeProcesses: number, webhookDeliveries: number, webhookFailures: number, subscribers: number } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type InvocationFinishedSubscriptionVariables = Exact<{
  installationId: string | number;
  after?: string | null | undefined;
}>;


export type InvocationFinishedSubscription = { invocationFinished: { cursor: string, invocation: { id: string, kind: InvocationKind, name: string, outcome: InvocationOutcome | null, startedAt: string | null, finishedAt: string | null, durationMs: number | null, error: string | null, logs: Array<{ at: string, level: string, message: string }> } } };

export type FinishedPartsFragment = { id: string, kind: InvocationKind, name: string, outcome: InvocationOutcome | null, startedAt: string | null, finishedAt: string | null, durationMs: number | null, error: string | null, logs: Array<{ at: string, level: string, message: string }> };

export type PluginDataPageQueryVariables = Exact<{
  organizationId: string | number;
  plugin: string;
  after?: string | null | undefined;
}>;


export type PluginDataPageQuery = { pluginData: { items: Array<unknown>, endCursor: string | null } };

export type CatalogQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: PluginFilter | null | undefined;
}>;


export type CatalogQuery = { plugins: { nodes: Array<{ id: string, slug: string, name: string, type: PluginType, latestPackage: { id: string, version: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type SubmitPackageMutationVariables = Exact<{
  input: SubmitPackageInput;
}>;


export type SubmitPackageMutation = { submitPackage: { package: { id: string, version: string, status: PackageStatus, checksum: string, plugin: { id: string, slug: string } } | null, validation: { valid: boolean, riskLevel: RiskLevel, checks: Array<{ check: string, passed: boolean }>, findings: Array<{ severity: FindingSeverity, check: string, message: string, path: string | null, line: number | null }> } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type StartReviewMutationVariables = Exact<{
  input: StartReviewInput;
}>;


export type StartReviewMutation = { startReview: { package: { id: string, status: PackageStatus } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type ApprovePackageMutationVariables = Exact<{
  input: ApprovePackageInput;
}>;


export type ApprovePackageMutation = { approvePackage: { package: { id: string, status: PackageStatus, permissions: Array<{ permission: string, risk: RiskLevel, granted: boolean | null }> } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RejectPackageMutationVariables = Exact<{
  input: RejectPackageInput;
}>;


export type RejectPackageMutation = { rejectPackage: { package: { id: string, status: PackageStatus, statusReason: string | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type PackageChangedSubscriptionVariables = Exact<{
  pluginId?: string | number | null | undefined;
  after?: string | null | undefined;
}>;


export type PackageChangedSubscription = { packageChanged: { cursor: string, previousStatus: PackageStatus | null, package: { id: string, version: string, status: PackageStatus, plugin: { slug: string } } } };

export type PluginBySlugQueryVariables = Exact<{
  slug: string;
}>;


export type PluginBySlugQuery = { plugin: { id: string, slug: string, latestPackage: { id: string, version: string } | null } | null };

export type SearchPluginsQueryVariables = Exact<{
  filter?: PluginFilter | null | undefined;
  orderBy?: PluginOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type SearchPluginsQuery = { plugins: { totalCount: number, nodes: Array<{ id: string, slug: string, name: string, averageRating: number | null, latestPackage: { version: string } | null }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } };

export type RatePluginMutationVariables = Exact<{
  input: RatePluginInput;
}>;


export type RatePluginMutation = { ratePlugin: { rating: { id: string, rating: number, comment: string | null, package: { version: string } } | null, plugin: { averageRating: number | null, ratingCount: number } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type ReviewQueueQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: PackageFilter | null | undefined;
}>;


export type ReviewQueueQuery = { packages: { nodes: Array<{ id: string, version: string, status: PackageStatus, submittedAt: string, approvalsNeeded: number, approvalsGiven: number, plugin: { id: string, slug: string }, registry: { id: string, slug: string }, submittedBy:
        | { id: string, name: string }
        | { id: string, name: string }
       | null, heldBy:
        | { id: string, name: string }
        | { id: string, name: string }
       | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PackageReviewQueryVariables = Exact<{
  id: string | number;
}>;


export type PackageReviewQuery = { node:
    | { id: string, version: string, status: PackageStatus, statusReason: string | null, approvalsNeeded: number, approvalsGiven: number, deprecated: string | null, yankedAt: string | null, yankReason: string | null, replacement: { id: string, slug: string } | null, registry: { id: string, slug: string, type: RegistryType }, submittedBy:
        | { id: string, name: string, prefix: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> }
        | { id: string, name: string, email: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> }
       | null, heldBy:
        | { id: string, name: string, prefix: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> }
        | { id: string, name: string, email: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> }
       | null, permissions: Array<{ permission: string, risk: RiskLevel, reason: string | null, granted: boolean | null }>, validation: { valid: boolean, riskLevel: RiskLevel, findings: Array<{ severity: FindingSeverity, check: string, message: string, path: string | null, line: number | null }> }, reviews: Array<{ id: string, decision: ReviewDecision, comment: string | null, at: string, reviewer:
          | { id: string, name: string, prefix: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> }
          | { id: string, name: string, email: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> }
         | null }> }
    | Record<PropertyKey, never>
   | null };

type Who_ApiKey_Fragment = { id: string, name: string, prefix: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> };

type Who_User_Fragment = { id: string, name: string, email: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> };

export type WhoFragment =
  | Who_ApiKey_Fragment
  | Who_User_Fragment
;

export type RevokePackageMutationVariables = Exact<{
  input: RevokePackageInput;
}>;


export type RevokePackageMutation = { revokePackage: { affectedInstallations: number, package: { id: string, status: PackageStatus, statusReason: string | null } | null, lastGoodPackage: { id: string, version: string } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type PromotePackageMutationVariables = Exact<{
  input: PromotePackageInput;
}>;


export type PromotePackageMutation = { promotePackage: { package: { id: string, status: PackageStatus, checksum: string, registry: { id: string, slug: string } } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type DeprecatePackageMutationVariables = Exact<{
  input: DeprecatePackageInput;
}>;


export type DeprecatePackageMutation = { deprecatePackage: { package: { id: string, deprecated: string | null, replacement: { id: string, slug: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type YankPackageMutationVariables = Exact<{
  input: YankPackageInput;
}>;


export type YankPackageMutation = { yankPackage: { package: { id: string, yankedAt: string | null, yankReason: string | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type UnyankPackageMutationVariables = Exact<{
  input: UnyankPackageInput;
}>;


export type UnyankPackageMutation = { unyankPackage: { package: { id: string, yankedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type CreateRegistryMutationVariables = Exact<{
  input: CreateRegistryInput;
}>;


export type CreateRegistryMutation = { createRegistry: { registry: { id: string, slug: string, type: RegistryType, storage: string } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type UpdateRegistryMutationVariables = Exact<{
  input: UpdateRegistryInput;
}>;


export type UpdateRegistryMutation = { updateRegistry: { registry: { id: string, name: string, isActive: boolean, storage: string } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RegistriesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type RegistriesQuery = { registries: { nodes: Array<{ id: string, slug: string, name: string, type: RegistryType, isActive: boolean, storage: string, organization: { slug: string } | null, site: { slug: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type RotateMasterKeyMutationVariables = Exact<{
  input: RotateMasterKeyInput;
}>;


export type RotateMasterKeyMutation = { rotateMasterKey: { keyId: string | null, rewrapped: number, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type UpdatePluginSettingsMutationVariables = Exact<{
  input: UpdatePluginSettingsInput;
}>;


export type UpdatePluginSettingsMutation = { updatePluginSettings: { plugin: { id: string, settings: unknown, lockedSettings: Array<string> } | null, organizationConfig: { id: string, settings: unknown, lockedSettings: Array<string> } | null, installation: { id: string, configuration: unknown } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RevertPluginSettingsMutationVariables = Exact<{
  input: RevertPluginSettingsInput;
}>;


export type RevertPluginSettingsMutation = { revertPluginSettings: { plugin: { id: string, settings: unknown } | null, organizationConfig: { id: string, settings: unknown } | null, installation: { id: string, configuration: unknown } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type SetPluginEnabledMutationVariables = Exact<{
  input: SetPluginEnabledInput;
}>;


export type SetPluginEnabledMutation = { setPluginEnabled: { plugin: { id: string, enabled: boolean } | null, organizationConfig: { id: string, enabled: boolean, enabledAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type InstallationSettingsQueryVariables = Exact<{
  id: string | number;
}>;


export type InstallationSettingsQuery = { node:
    | { __typename: 'ApiKey' }
    | { __typename: 'AuditEntry' }
    | { __typename: 'Deployment' }
    | { __typename: 'DeploymentTarget' }
    | { __typename: 'Event' }
    | { __typename: 'EventDelivery' }
    | { __typename: 'Installation', configuration: unknown, effectiveSettings: unknown, effectivelyEnabled: boolean, disabledReasons: Array<string>, status: InstallationStatus, failure: string | null, settingsOrigin: Array<{ key: string, value: unknown, level: SettingsOriginLevel, lockedBy: SettingsScope | null }> }
    | { __typename: 'Invocation' }
    | { __typename: 'License' }
    | { __typename: 'Organization' }
    | { __typename: 'OrganizationPluginConfig' }
    | { __typename: 'Package' }
    | { __typename: 'Plugin' }
    | { __typename: 'PublisherKey' }
    | { __typename: 'Rating' }
    | { __typename: 'Registry' }
    | { __typename: 'Review' }
    | { __typename: 'SettingsRevision' }
    | { __typename: 'Site' }
    | { __typename: 'Submission' }
    | { __typename: 'User' }
    | { __typename: 'Webhook' }
    | { __typename: 'WebhookDelivery' }
   | null };

export type SettingsRevisionsQueryVariables = Exact<{
  pluginId: string | number;
  scope?: SettingsScope | null | undefined;
  organizationId?: string | number | null | undefined;
  siteId?: string | number | null | undefined;
}>;


export type SettingsRevisionsQuery = { settingsRevisions: { nodes: Array<{ id: string, scope: SettingsScope, number: number, settings: unknown, lockedSettings: Array<string>, revertedToId: string | null, at: string, author:
        | { __typename: 'ApiKey', name: string }
        | { __typename: 'User' }
       | null }> } };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer:
    | { id: string, name: string, prefix: string, memberships: Array<{ role: Role, permissions: Array<string>, organization: { id: string, slug: string } | null }> }
    | { id: string, name: string, email: string, memberships: Array<{ role: Role, permissions: Array<string>, organization: { id: string, slug: string } | null }> }
   | null };

export type CreateOrganizationMutationVariables = Exact<{
  input: CreateOrganizationInput;
}>;


export type CreateOrganizationMutation = { createOrganization: { organization: { id: string, slug: string, name: string } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type CreateSiteMutationVariables = Exact<{
  input: CreateSiteInput;
}>;


export type CreateSiteMutation = { createSite: { site: { id: string, slug: string, hostVersion: string } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateApiKeyMutation = { createApiKey: { secret: string | null, apiKey: { id: string, prefix: string, expiresAt: string | null, memberships: Array<{ role: Role, permissions: Array<string> }> } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RevokeApiKeyMutationVariables = Exact<{
  input: RevokeApiKeyInput;
}>;


export type RevokeApiKeyMutation = { revokeApiKey: { apiKey: { id: string, revokedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type OrganizationMembersQueryVariables = Exact<{
  slug: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type OrganizationMembersQuery = { organization: { id: string, rolePermissions: Array<{ role: Role, permissions: Array<string>, contributed: Array<string> }>, members: { totalCount: number, nodes: Array<{ id: string, email: string, name: string, memberships: Array<{ role: Role, permissions: Array<string>, organization: { slug: string } | null }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type GrantRoleMutationVariables = Exact<{
  input: GrantRoleInput;
}>;


export type GrantRoleMutation = { grantRole: { user: { id: string, email: string, name: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RevokeRoleMutationVariables = Exact<{
  input: RevokeRoleInput;
}>;


export type RevokeRoleMutation = { revokeRole: { user: { id: string, name: string, memberships: Array<{ role: Role, organization: { slug: string } | null }> } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type GrantPermissionMutationVariables = Exact<{
  input: GrantPermissionInput;
}>;


export type GrantPermissionMutation = { grantPermission: { organization: { id: string, rolePermissions: Array<{ role: Role, contributed: Array<string> }> } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RevokePermissionMutationVariables = Exact<{
  input: RevokePermissionInput;
}>;


export type RevokePermissionMutation = { revokePermission: { organization: { id: string, rolePermissions: Array<{ role: Role, contributed: Array<string> }> } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type UpdateSiteMutationVariables = Exact<{
  input: UpdateSiteInput;
}>;


export type UpdateSiteMutation = { updateSite: { site: { id: string, slug: string, name: string, hostVersion: string, labels: unknown } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RegisterPublisherKeyMutationVariables = Exact<{
  input: RegisterPublisherKeyInput;
}>;


export type RegisterPublisherKeyMutation = { registerPublisherKey: { publisherKey: { id: string, keyId: string, name: string } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RevokePublisherKeyMutationVariables = Exact<{
  input: RevokePublisherKeyInput;
}>;


export type RevokePublisherKeyMutation = { revokePublisherKey: { publisherKey: { id: string, revokedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type UpdateOrganizationMutationVariables = Exact<{
  input: UpdateOrganizationInput;
}>;


export type UpdateOrganizationMutation = { updateOrganization: { organization: { id: string, name: string, requireSignatures: boolean } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type DefineExtensionPointMutationVariables = Exact<{
  input: DefineExtensionPointInput;
}>;


export type DefineExtensionPointMutation = { defineExtensionPoint: { extensionPoint: { kind: ExtensionPointKind, name: string, description: string, payloadSchema: unknown, subscribers: number } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type SyncPluginsMutationVariables = Exact<{ [key: string]: never; }>;


export type SyncPluginsMutation = { syncPlugins: { discovered: number, submitted: Array<{ id: string, version: string, checksum: string, plugin: { slug: string } }>, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type ExtensionPointsQueryVariables = Exact<{ [key: string]: never; }>;


export type ExtensionPointsQuery = { extensionPoints: Array<{ kind: ExtensionPointKind, name: string, description: string, payloadSchema: unknown, subscribers: number }> };

export type PackageTrustQueryVariables = Exact<{
  id: string | number;
}>;


export type PackageTrustQuery = { node:
    | { status: PackageStatus, checksum: string, signatureStatus: SignatureStatus, signature: { keyId: string, algorithm: string, publisher: string } | null, registrySignature: { keyId: string, algorithm: string, signature: string, statement: string } | null }
    | Record<PropertyKey, never>
   | null };

export type PackageChangesQueryVariables = Exact<{
  id: string | number;
}>;


export type PackageChangesQuery = { node:
    | { changes: { risk: RiskLevel, riskBefore: RiskLevel | null, comparedTo: { version: string } | null, permissions: { added: Array<string>, removed: Array<string> }, hosts: { added: Array<string>, removed: Array<string> }, routes: { added: Array<string>, removed: Array<string> }, jobs: { added: Array<string>, removed: Array<string> }, secrets: { added: Array<string>, removed: Array<string> }, files: Array<{ path: string, change: FileChangeKind, sizeBefore: number | null, sizeAfter: number | null, diff: string | null }> | null } | null }
    | Record<PropertyKey, never>
   | null };

export type SubmissionsQueryVariables = Exact<{
  slug?: string | null | undefined;
  accepted?: boolean | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SubmissionsQuery = { submissions: { nodes: Array<{ id: string, slug: string | null, version: string | null, checksum: string | null, accepted: boolean, refusal: string | null, at: string, package: { status: PackageStatus } | null, validation: { valid: boolean, findings: Array<{ severity: FindingSeverity, check: string, message: string }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type WebhookPartsFragment = { id: string, name: string, events: Array<string>, enabled: boolean, disabledReason: string | null, failingSince: string | null, successRate: number | null, source: string, installation: { id: string } | null };

export type DeliveryPartsFragment = { id: string, status: DeliveryStatus, nextAttemptAt: string | null, createdAt: string, finishedAt: string | null, attempts: Array<{ at: string, statusCode: number | null, durationMs: number, error: string | null }>, event: { id: string, type: string }, repeats: { id: string } | null, webhook: { id: string, name: string } };

export type ApplyWebhookMutationVariables = Exact<{
  input: ApplyWebhookInput;
}>;


export type ApplyWebhookMutation = { applyWebhook: { webhook: { id: string, name: string, events: Array<string>, enabled: boolean, disabledReason: string | null, failingSince: string | null, successRate: number | null, source: string, installation: { id: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type SetWebhookEnabledMutationVariables = Exact<{
  input: SetWebhookEnabledInput;
}>;


export type SetWebhookEnabledMutation = { setWebhookEnabled: { webhook: { id: string, name: string, events: Array<string>, enabled: boolean, disabledReason: string | null, failingSince: string | null, successRate: number | null, source: string, installation: { id: string } | null } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type DeleteWebhookMutationVariables = Exact<{
  input: WebhookInput;
}>;


export type DeleteWebhookMutation = { deleteWebhook: { webhook: { id: string } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type RedeliverMutationVariables = Exact<{
  input: RedeliverInput;
}>;


export type RedeliverMutation = { redeliver: { delivery: { id: string, status: DeliveryStatus, nextAttemptAt: string | null, createdAt: string, finishedAt: string | null, attempts: Array<{ at: string, statusCode: number | null, durationMs: number, error: string | null }>, event: { id: string, type: string }, repeats: { id: string } | null, webhook: { id: string, name: string } } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type WebhooksQueryVariables = Exact<{
  organizationId?: string | number | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type WebhooksQuery = { systemStatus: { webhooksActive: number }, webhooks: { totalCount: number, nodes: Array<{ id: string, name: string, events: Array<string>, enabled: boolean, disabledReason: string | null, failingSince: string | null, successRate: number | null, source: string, installation: { id: string } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } };

export type WebhookDeliveriesQueryVariables = Exact<{
  webhookId: string | number;
  status?: Array<DeliveryStatus> | DeliveryStatus | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type WebhookDeliveriesQuery = { node:
    | { id: string, name: string, events: Array<string>, enabled: boolean, disabledReason: string | null, failingSince: string | null, successRate: number | null, source: string, deliveries: { totalCount: number, nodes: Array<{ id: string, status: DeliveryStatus, nextAttemptAt: string | null, createdAt: string, finishedAt: string | null, attempts: Array<{ at: string, statusCode: number | null, durationMs: number, error: string | null }>, event: { id: string, type: string }, repeats: { id: string } | null, webhook: { id: string, name: string } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } }, installation: { id: string } | null }
    | Record<PropertyKey, never>
   | null };

export type InstallationWebhooksQueryVariables = Exact<{
  installationId: string | number;
}>;


export type InstallationWebhooksQuery = { node:
    | { webhooks: Array<{ id: string, name: string, events: Array<string>, enabled: boolean, disabledReason: string | null, failingSince: string | null, successRate: number | null, source: string, installation: { id: string } | null }> }
    | Record<PropertyKey, never>
   | null };

export type DeliveriesOfEventQueryVariables = Exact<{
  eventId: string | number;
}>;


export type DeliveriesOfEventQuery = { node:
    | { deliveries: { nodes: Array<{ id: string, status: DeliveryStatus, nextAttemptAt: string | null, createdAt: string, finishedAt: string | null, attempts: Array<{ at: string, statusCode: number | null, durationMs: number, error: string | null }>, event: { id: string, type: string }, repeats: { id: string } | null, webhook: { id: string, name: string } }> } }
    | Record<PropertyKey, never>
   | null };

export type WebhookDeliveredSubscriptionVariables = Exact<{
  webhookId?: string | number | null | undefined;
  after?: string | null | undefined;
}>;


export type WebhookDeliveredSubscription = { webhookDelivered: { cursor: string, delivery: { id: string, status: DeliveryStatus, nextAttemptAt: string | null, createdAt: string, finishedAt: string | null, attempts: Array<{ at: string, statusCode: number | null, durationMs: number, error: string | null }>, event: { id: string, type: string }, repeats: { id: string } | null, webhook: { id: string, name: string } } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const AuditEntryPartsFragmentDoc = new TypedDocumentString(`
    fragment AuditEntryParts on AuditEntry {
  id
  at
  action
  success
  error
  requestId
  details
  actor {
    __typename
    ... on ApiKey {
      id
      name
    }
    ... on User {
      id
      email
    }
  }
  organization {
    slug
  }
  subject {
    __typename
    id
  }
}
    `, {"fragmentName":"AuditEntryParts"}) as unknown as TypedDocumentString<AuditEntryPartsFragment, unknown>;
export const CliFindingFragmentDoc = new TypedDocumentString(`
    fragment CliFinding on Finding {
  severity
  category
  check
  message
  path
  line
}
    `, {"fragmentName":"CliFinding"}) as unknown as TypedDocumentString<CliFindingFragment, unknown>;
export const CliReportFragmentDoc = new TypedDocumentString(`
    fragment CliReport on ValidationReport {
  valid
  riskLevel
  checks {
    check
    category
    passed
  }
  findings {
    ...CliFinding
  }
}
    fragment CliFinding on Finding {
  severity
  category
  check
  message
  path
  line
}`, {"fragmentName":"CliReport"}) as unknown as TypedDocumentString<CliReportFragment, unknown>;
export const CliPackageFragmentDoc = new TypedDocumentString(`
    fragment CliPackage on Package {
  id
  version
  status
  statusReason
  checksum
  size
  format
  submittedAt
  signatureStatus
  approvalsNeeded
  approvalsGiven
  deprecated
  yankedAt
  yankReason
  permissions {
    permission
    risk
    granted
  }
  plugin {
    id
    slug
    name
  }
  registry {
    slug
    name
  }
  replacement {
    slug
  }
  submittedBy {
    ... on ApiKey {
      name
    }
    ... on User {
      name
    }
  }
  heldBy {
    ... on ApiKey {
      name
    }
    ... on User {
      name
    }
  }
  reviews {
    decision
    comment
    at
    reviewer {
      ... on ApiKey {
        name
      }
      ... on User {
        name
      }
    }
  }
  validation {
    riskLevel
    findings {
      ...CliFinding
    }
  }
}
    fragment CliFinding on Finding {
  severity
  category
  check
  message
  path
  line
}`, {"fragmentName":"CliPackage"}) as unknown as TypedDocumentString<CliPackageFragment, unknown>;
export const CliKeyFragmentDoc = new TypedDocumentString(`
    fragment CliKey on PublisherKey {
  id
  keyId
  name
  createdAt
  revokedAt
  revokeReason
  organization {
    slug
  }
}
    `, {"fragmentName":"CliKey"}) as unknown as TypedDocumentString<CliKeyFragment, unknown>;
export const CliRunFragmentDoc = new TypedDocumentString(`
    fragment CliRun on Invocation {
  id
  installation {
    id
  }
  kind
  name
  outcome
  startedAt
  finishedAt
  durationMs
  error
  logs {
    at
    level
    message
  }
}
    `, {"fragmentName":"CliRun"}) as unknown as TypedDocumentString<CliRunFragment, unknown>;
export const LicensePartsFragmentDoc = new TypedDocumentString(`
    fragment LicenseParts on License {
  id
  type
  status
  statusReason
  key
  maxInstallations
  usedInstallations
  startsAt
  expiresAt
  gracePeriodDays
  entitlements
  plugin {
    slug
  }
  organization {
    id
    slug
  }
  site {
    id
    slug
  }
}
    `, {"fragmentName":"LicenseParts"}) as unknown as TypedDocumentString<LicensePartsFragment, unknown>;
export const MetricsPartsFragmentDoc = new TypedDocumentString(`
    fragment MetricsParts on RuntimeMetrics {
  invocations
  errors
  timeouts
  p50Ms
  p99Ms
  liveIsolates
  runtimeProcesses
  webhookDeliveries
  webhookFailures
  subscribers
}
    `, {"fragmentName":"MetricsParts"}) as unknown as TypedDocumentString<MetricsPartsFragment, unknown>;
export const FinishedPartsFragmentDoc = new TypedDocumentString(`
    fragment FinishedParts on Invocation {
  id
  kind
  name
  outcome
  startedAt
  finishedAt
  durationMs
  error
  logs {
    at
    level
    message
  }
}
    `, {"fragmentName":"FinishedParts"}) as unknown as TypedDocumentString<FinishedPartsFragment, unknown>;
export const WhoFragmentDoc = new TypedDocumentString(`
    fragment Who on Principal {
  ... on ApiKey {
    id
    name
    prefix
    memberships {
      role
      organization {
        slug
      }
    }
  }
  ... on User {
    id
    name
    email
    memberships {
      role
      organization {
        slug
      }
    }
  }
}
    `, {"fragmentName":"Who"}) as unknown as TypedDocumentString<WhoFragment, unknown>;
export const WebhookPartsFragmentDoc = new TypedDocumentString(`
    fragment WebhookParts on Webhook {
  id
  name
  events
  enabled
  disabledReason
  failingSince
  successRate
  source
  installation {
    id
  }
}
    `, {"fragmentName":"WebhookParts"}) as unknown as TypedDocumentString<WebhookPartsFragment, unknown>;
export const DeliveryPartsFragmentDoc = new TypedDocumentString(`
    fragment DeliveryParts on WebhookDelivery {
  id
  status
  nextAttemptAt
  createdAt
  finishedAt
  attempts {
    at
    statusCode
    durationMs
    error
  }
  event {
    id
    type
  }
  repeats {
    id
  }
  webhook {
    id
    name
  }
}
    `, {"fragmentName":"DeliveryParts"}) as unknown as TypedDocumentString<DeliveryPartsFragment, unknown>;
export const VerifyAuditChainDocument = new TypedDocumentString(`
    query VerifyAuditChain($organizationId: ID) {
  verifyAuditChain(organizationId: $organizationId) {
    valid
    entries
    unsealed
    sealedUpTo {
      number
      hash
      at
    }
    firstBroken {
      number
      entryId
      problem
      entry {
        id
        action
      }
    }
  }
}
    `) as unknown as TypedDocumentString<VerifyAuditChainQuery, VerifyAuditChainQueryVariables>;
export const AuditPageDocument = new TypedDocumentString(`
    query AuditPage($filter: AuditFilter, $last: Int!, $before: String) {
  auditLog(filter: $filter, last: $last, before: $before) {
    nodes {
      ...AuditEntryParts
    }
    pageInfo {
      hasPreviousPage
      startCursor
    }
  }
}
    fragment AuditEntryParts on AuditEntry {
  id
  at
  action
  success
  error
  requestId
  details
  actor {
    __typename
    ... on ApiKey {
      id
      name
    }
    ... on User {
      id
      email
    }
  }
  organization {
    slug
  }
  subject {
    __typename
    id
  }
}`) as unknown as TypedDocumentString<AuditPageQuery, AuditPageQueryVariables>;
export const AuditLoggedDocument = new TypedDocumentString(`
    subscription AuditLogged($organizationId: ID, $after: String) {
  auditLogged(organizationId: $organizationId, after: $after) {
    cursor
    entry {
      ...AuditEntryParts
    }
  }
}
    fragment AuditEntryParts on AuditEntry {
  id
  at
  action
  success
  error
  requestId
  details
  actor {
    __typename
    ... on ApiKey {
      id
      name
    }
    ... on User {
      id
      email
    }
  }
  organization {
    slug
  }
  subject {
    __typename
    id
  }
}`) as unknown as TypedDocumentString<AuditLoggedSubscription, AuditLoggedSubscriptionVariables>;
export const CliSubmitDocument = new TypedDocumentString(`
    mutation CliSubmit($input: SubmitPackageInput!) {
  submitPackage(input: $input) {
    package {
      ...CliPackage
    }
    validation {
      ...CliReport
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment CliFinding on Finding {
  severity
  category
  check
  message
  path
  line
}
fragment CliReport on ValidationReport {
  valid
  riskLevel
  checks {
    check
    category
    passed
  }
  findings {
    ...CliFinding
  }
}
fragment CliPackage on Package {
  id
  version
  status
  statusReason
  checksum
  size
  format
  submittedAt
  signatureStatus
  approvalsNeeded
  approvalsGiven
  deprecated
  yankedAt
  yankReason
  permissions {
    permission
    risk
    granted
  }
  plugin {
    id
    slug
    name
  }
  registry {
    slug
    name
  }
  replacement {
    slug
  }
  submittedBy {
    ... on ApiKey {
      name
    }
    ... on User {
      name
    }
  }
  heldBy {
    ... on ApiKey {
      name
    }
    ... on User {
      name
    }
  }
  reviews {
    decision
    comment
    at
    reviewer {
      ... on ApiKey {
        name
      }
      ... on User {
        name
      }
    }
  }
  validation {
    riskLevel
    findings {
      ...CliFinding
    }
  }
}`) as unknown as TypedDocumentString<CliSubmitMutation, CliSubmitMutationVariables>;
export const CliPackageByIdDocument = new TypedDocumentString(`
    query CliPackageById($id: ID!) {
  node(id: $id) {
    ... on Package {
      ...CliPackage
    }
  }
}
    fragment CliFinding on Finding {
  severity
  category
  check
  message
  path
  line
}
fragment CliPackage on Package {
  id
  version
  status
  statusReason
  checksum
  size
  format
  submittedAt
  signatureStatus
  approvalsNeeded
  approvalsGiven
  deprecated
  yankedAt
  yankReason
  permissions {
    permission
    risk
    granted
  }
  plugin {
    id
    slug
    name
  }
  registry {
    slug
    name
  }
  replacement {
    slug
  }
  submittedBy {
    ... on ApiKey {
      name
    }
    ... on User {
      name
    }
  }
  heldBy {
    ... on ApiKey {
      name
    }
    ... on User {
      name
    }
  }
  reviews {
    decision
    comment
    at
    reviewer {
      ... on ApiKey {
        name
      }
      ... on User {
        name
      }
    }
  }
  validation {
    riskLevel
    findings {
      ...CliFinding
    }
  }
}`) as unknown as TypedDocumentString<CliPackageByIdQuery, CliPackageByIdQueryVariables>;
export const CliNewestPackageDocument = new TypedDocumentString(`
    query CliNewestPackage($slug: String!) {
  plugin(slug: $slug) {
    packages(first: 1) {
      nodes {
        ...CliPackage
      }
    }
  }
}
    fragment CliFinding on Finding {
  severity
  category
  check
  message
  path
  line
}
fragment CliPackage on Package {
  id
  version
  status
  statusReason
  checksum
  size
  format
  submittedAt
  signatureStatus
  approvalsNeeded
  approvalsGiven
  deprecated
  yankedAt
  yankReason
  permissions {
    permission
    risk
    granted
  }
  plugin {
    id
    slug
    name
  }
  registry {
    slug
    name
  }
  replacement {
    slug
  }
  submittedBy {
    ... on ApiKey {
      name
    }
    ... on User {
      name
    }
  }
  heldBy {
    ... on ApiKey {
      name
    }
    ... on User {
      name
    }
  }
  reviews {
    decision
    comment
    at
    reviewer {
      ... on ApiKey {
        name
      }
      ... on User {
        name
      }
    }
  }
  validation {
    riskLevel
    findings {
      ...CliFinding
    }
  }
}`) as unknown as TypedDocumentString<CliNewestPackageQuery, CliNewestPackageQueryVariables>;
export const CliPackageByVersionDocument = new TypedDocumentString(`
    query CliPackageByVersion($slug: String!, $version: SemVer!) {
  plugin(slug: $slug) {
    package(version: $version) {
      ...CliPackage
    }
  }
}
    fragment CliFinding on Finding {
  severity
  category
  check
  message
  path
  line
}
fragment CliPackage on Package {
  id
  version
  status
  statusReason
  checksum
  size
  format
  submittedAt
  signatureStatus
  approvalsNeeded
  approvalsGiven
  deprecated
  yankedAt
  yankReason
  permissions {
    permission
    risk
    granted
  }
  plugin {
    id
    slug
    name
  }
  registry {
    slug
    name
  }
  replacement {
    slug
  }
  submittedBy {
    ... on ApiKey {
      name
    }
    ... on User {
      name
    }
  }
  heldBy {
    ... on ApiKey {
      name
    }
    ... on User {
      name
    }
  }
  reviews {
    decision
    comment
    at
    reviewer {
      ... on ApiKey {
        name
      }
      ... on User {
        name
      }
    }
  }
  validation {
    riskLevel
    findings {
      ...CliFinding
    }
  }
}`) as unknown as TypedDocumentString<CliPackageByVersionQuery, CliPackageByVersionQueryVariables>;
export const CliRefusalsDocument = new TypedDocumentString(`
    query CliRefusals($slug: String!) {
  submissions(slug: $slug, accepted: false, first: 20) {
    nodes {
      version
      at
      checksum
      refusal
      validation {
        ...CliReport
      }
    }
  }
}
    fragment CliFinding on Finding {
  severity
  category
  check
  message
  path
  line
}
fragment CliReport on ValidationReport {
  valid
  riskLevel
  checks {
    check
    category
    passed
  }
  findings {
    ...CliFinding
  }
}`) as unknown as TypedDocumentString<CliRefusalsQuery, CliRefusalsQueryVariables>;
export const CliPackageMovedDocument = new TypedDocumentString(`
    subscription CliPackageMoved($pluginId: ID!, $after: String) {
  packageChanged(pluginId: $pluginId, after: $after) {
    cursor
    package {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CliPackageMovedSubscription, CliPackageMovedSubscriptionVariables>;
export const CliViewerDocument = new TypedDocumentString(`
    query CliViewer {
  viewer {
    ... on ApiKey {
      name
      memberships {
        role
        organization {
          slug
        }
      }
    }
    ... on User {
      name
      memberships {
        role
        organization {
          slug
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CliViewerQuery, CliViewerQueryVariables>;
export const CliRegistryDocument = new TypedDocumentString(`
    query CliRegistry($slug: String!) {
  registry(slug: $slug) {
    id
    isActive
  }
}
    `) as unknown as TypedDocumentString<CliRegistryQuery, CliRegistryQueryVariables>;
export const CliOrganizationDocument = new TypedDocumentString(`
    query CliOrganization($slug: String!) {
  organization(slug: $slug) {
    id
  }
}
    `) as unknown as TypedDocumentString<CliOrganizationQuery, CliOrganizationQueryVariables>;
export const CliOrganizationsDocument = new TypedDocumentString(`
    query CliOrganizations($first: Int!, $after: String) {
  organizations(first: $first, after: $after) {
    nodes {
      id
      slug
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<CliOrganizationsQuery, CliOrganizationsQueryVariables>;
export const CliRegisterKeyDocument = new TypedDocumentString(`
    mutation CliRegisterKey($input: RegisterPublisherKeyInput!) {
  registerPublisherKey(input: $input) {
    publisherKey {
      ...CliKey
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment CliKey on PublisherKey {
  id
  keyId
  name
  createdAt
  revokedAt
  revokeReason
  organization {
    slug
  }
}`) as unknown as TypedDocumentString<CliRegisterKeyMutation, CliRegisterKeyMutationVariables>;
export const CliRevokeKeyDocument = new TypedDocumentString(`
    mutation CliRevokeKey($input: RevokePublisherKeyInput!) {
  revokePublisherKey(input: $input) {
    publisherKey {
      ...CliKey
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment CliKey on PublisherKey {
  id
  keyId
  name
  createdAt
  revokedAt
  revokeReason
  organization {
    slug
  }
}`) as unknown as TypedDocumentString<CliRevokeKeyMutation, CliRevokeKeyMutationVariables>;
export const CliKeysDocument = new TypedDocumentString(`
    query CliKeys($organizationId: ID, $first: Int!, $after: String) {
  publisherKeys(organizationId: $organizationId, first: $first, after: $after) {
    nodes {
      ...CliKey
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment CliKey on PublisherKey {
  id
  keyId
  name
  createdAt
  revokedAt
  revokeReason
  organization {
    slug
  }
}`) as unknown as TypedDocumentString<CliKeysQuery, CliKeysQueryVariables>;
export const CliRunsDocument = new TypedDocumentString(`
    query CliRuns($installationId: ID!, $from: DateTime!, $last: Int!, $before: String) {
  invocations(
    installationId: $installationId
    from: $from
    last: $last
    before: $before
  ) {
    nodes {
      ...CliRun
    }
    pageInfo {
      hasPreviousPage
      startCursor
    }
  }
}
    fragment CliRun on Invocation {
  id
  installation {
    id
  }
  kind
  name
  outcome
  startedAt
  finishedAt
  durationMs
  error
  logs {
    at
    level
    message
  }
}`) as unknown as TypedDocumentString<CliRunsQuery, CliRunsQueryVariables>;
export const CliUnendedRunsDocument = new TypedDocumentString(`
    query CliUnendedRuns($installationId: ID!, $from: DateTime!, $last: Int!, $known: [ID!]!) {
  invocations(
    installationId: $installationId
    from: $from
    status: [QUEUED, RUNNING]
    last: $last
  ) {
    nodes {
      ...CliRun
    }
  }
  nodes(ids: $known) {
    ... on Invocation {
      ...CliRun
    }
  }
}
    fragment CliRun on Invocation {
  id
  installation {
    id
  }
  kind
  name
  outcome
  startedAt
  finishedAt
  durationMs
  error
  logs {
    at
    level
    message
  }
}`) as unknown as TypedDocumentString<CliUnendedRunsQuery, CliUnendedRunsQueryVariables>;
export const CliRunFinishedDocument = new TypedDocumentString(`
    subscription CliRunFinished($installationId: ID!, $after: String) {
  invocationFinished(installationId: $installationId, after: $after) {
    cursor
    invocation {
      ...CliRun
    }
  }
}
    fragment CliRun on Invocation {
  id
  installation {
    id
  }
  kind
  name
  outcome
  startedAt
  finishedAt
  durationMs
  error
  logs {
    at
    level
    message
  }
}`) as unknown as TypedDocumentString<CliRunFinishedSubscription, CliRunFinishedSubscriptionVariables>;
export const CliInstallationDocument = new TypedDocumentString(`
    query CliInstallation($id: ID!) {
  node(id: $id) {
    ... on Installation {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CliInstallationQuery, CliInstallationQueryVariables>;
export const CliPluginDocument = new TypedDocumentString(`
    query CliPlugin($slug: String!) {
  plugin(slug: $slug) {
    id
  }
}
    `) as unknown as TypedDocumentString<CliPluginQuery, CliPluginQueryVariables>;
export const CliInstallationsOfDocument = new TypedDocumentString(`
    query CliInstallationsOf($pluginId: ID!, $first: Int!, $after: String) {
  installations(
    filter: {pluginId: $pluginId, current: true}
    first: $first
    after: $after
  ) {
    nodes {
      id
      site {
        slug
        organization {
          slug
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<CliInstallationsOfQuery, CliInstallationsOfQueryVariables>;
export const CliSitesDocument = new TypedDocumentString(`
    query CliSites($after: String) {
  organizations(first: 50, after: $after) {
    nodes {
      id
      slug
      sites(first: 50) {
        nodes {
          id
          slug
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<CliSitesQuery, CliSitesQueryVariables>;
export const CliInstalledDocument = new TypedDocumentString(`
    query CliInstalled($siteId: ID!, $pluginId: ID!) {
  installations(
    first: 1
    filter: {siteId: $siteId, pluginId: $pluginId, current: true}
  ) {
    nodes {
      id
      status
      version
    }
  }
}
    `) as unknown as TypedDocumentString<CliInstalledQuery, CliInstalledQueryVariables>;
export const SiteContributionsDocument = new TypedDocumentString(`
    "What the plugins at a site add to its host: menus, widgets, views, modules, themes, routes."
query SiteContributions($siteId: ID!) {
  contributions(siteId: $siteId) {
    navigation {
      label
      url
      icon
      order
      plugin {
        slug
      }
    }
    dashboardWidgets {
      title
      source
      sourceUrl
      order
      plugin {
        slug
      }
    }
    views {
      path
      title
      source
      sourceUrl
      plugin {
        slug
      }
    }
    modules {
      key
      title
      extends
      plugin {
        slug
      }
    }
    themes {
      key
      title
      tokens
      plugin {
        slug
      }
    }
    routes {
      method
      url
      permission
    }
    permissions
  }
}
    `) as unknown as TypedDocumentString<SiteContributionsQuery, SiteContributionsQueryVariables>;
export const CreateDeploymentDocument = new TypedDocumentString(`
    mutation CreateDeployment($input: CreateDeploymentInput!) {
  createDeployment(input: $input) {
    deployment {
      id
      status
      progress {
        total
        pending
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<CreateDeploymentMutation, CreateDeploymentMutationVariables>;
export const DeploymentProgressDocument = new TypedDocumentString(`
    subscription DeploymentProgress($deploymentId: ID!, $after: String) {
  deploymentProgress(deploymentId: $deploymentId, after: $after) {
    cursor
    deployment {
      id
      status
      statusReason
      progress {
        total
        pending
        running
        succeeded
        failed
        skipped
        fraction
      }
    }
    target {
      id
      status
      error
      site {
        slug
      }
      installation {
        id
        version
        status
      }
      previousInstallation {
        version
        status
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DeploymentProgressSubscription, DeploymentProgressSubscriptionVariables>;
export const EventTypesDocument = new TypedDocumentString(`
    query EventTypes {
  eventTypes {
    type
    description
    subject
    stored
    subscribable
    stream
  }
}
    `) as unknown as TypedDocumentString<EventTypesQuery, EventTypesQueryVariables>;
export const EmitEventDocument = new TypedDocumentString(`
    mutation EmitEvent($input: EmitEventInput!) {
  emitEvent(input: $input) {
    event {
      id
      type
      cursor
    }
    subscribers
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<EmitEventMutation, EmitEventMutationVariables>;
export const DispatchHookDocument = new TypedDocumentString(`
    mutation DispatchHook($input: DispatchHookInput!) {
  dispatchHook(input: $input) {
    aborted
    abortedBy {
      slug
    }
    abortReason
    results {
      value
      installation {
        plugin {
          slug
        }
      }
      invocation {
        id
        outcome
        error
        durationMs
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<DispatchHookMutation, DispatchHookMutationVariables>;
export const ApplyFilterDocument = new TypedDocumentString(`
    mutation ApplyFilter($input: ApplyFilterInput!) {
  applyFilter(input: $input) {
    value
    results {
      installation {
        plugin {
          slug
        }
      }
      invocation {
        outcome
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<ApplyFilterMutation, ApplyFilterMutationVariables>;
export const RunJobDocument = new TypedDocumentString(`
    mutation RunJob($input: RunJobInput!) {
  runJob(input: $input) {
    invocation {
      id
      status
      outcome
      durationMs
      error
      logs {
        level
        message
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RunJobMutation, RunJobMutationVariables>;
export const InvocationsDocument = new TypedDocumentString(`
    query Invocations($installationId: ID, $siteId: ID, $kind: [InvocationKind!], $first: Int, $after: String) {
  invocations(
    installationId: $installationId
    siteId: $siteId
    kind: $kind
    first: $first
    after: $after
  ) {
    nodes {
      id
      kind
      name
      status
      outcome
      startedAt
      finishedAt
      durationMs
      cpuMs
      heapUsed
      error
      logs {
        at
        level
        message
      }
      installation {
        id
        plugin {
          slug
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<InvocationsQuery, InvocationsQueryVariables>;
export const EventsDocument = new TypedDocumentString(`
    query Events($type: String, $siteId: ID, $first: Int) {
  events(type: $type, siteId: $siteId, first: $first) {
    nodes {
      id
      cursor
      type
      source
      payload
      occurredAt
    }
  }
}
    `) as unknown as TypedDocumentString<EventsQuery, EventsQueryVariables>;
export const EventStreamDocument = new TypedDocumentString(`
    subscription EventStream($type: String, $organizationId: ID, $after: String) {
  events(type: $type, organizationId: $organizationId, after: $after) {
    id
    cursor
    type
    source
    payload
    occurredAt
  }
}
    `) as unknown as TypedDocumentString<EventStreamSubscription, EventStreamSubscriptionVariables>;
export const EventDeliveriesDocument = new TypedDocumentString(`
    query EventDeliveries($status: [DeliveryStatus!], $organizationId: ID, $installationId: ID, $first: Int) {
  eventDeliveries(
    status: $status
    organizationId: $organizationId
    installationId: $installationId
    first: $first
  ) {
    nodes {
      id
      status
      attempts
      error
      nextAttemptAt
      event {
        id
        type
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EventDeliveriesQuery, EventDeliveriesQueryVariables>;
export const ReplayEventDeliveryDocument = new TypedDocumentString(`
    mutation ReplayEventDelivery($input: ReplayEventDeliveryInput!) {
  replayEventDelivery(input: $input) {
    delivery {
      id
      status
      attempts
      nextAttemptAt
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<ReplayEventDeliveryMutation, ReplayEventDeliveryMutationVariables>;
export const EventInvocationsDocument = new TypedDocumentString(`
    query EventInvocations($id: ID!) {
  node(id: $id) {
    ... on Event {
      type
      invocations(first: 20) {
        nodes {
          id
          outcome
          event {
            id
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EventInvocationsQuery, EventInvocationsQueryVariables>;
export const JobsDocument = new TypedDocumentString(`
    query Jobs($installationId: ID!) {
  node(id: $installationId) {
    ... on Installation {
      jobs {
        name
        schedule
        nextRunAt
        lastRun {
          id
          status
          outcome
          durationMs
          error
        }
        runs(first: 5) {
          totalCount
          nodes {
            id
            outcome
            durationMs
            error
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobsQuery, JobsQueryVariables>;
export const EventRunsDocument = new TypedDocumentString(`
    query EventRuns($installationId: ID!, $first: Int, $after: String) {
  invocations(
    installationId: $installationId
    kind: [EVENT]
    first: $first
    after: $after
  ) {
    nodes {
      id
      outcome
      event {
        id
        type
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<EventRunsQuery, EventRunsQueryVariables>;
export const RecordHealthDocument = new TypedDocumentString(`
    mutation RecordHealth($input: RecordHealthInput!) {
  recordHealth(input: $input) {
    accepted
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RecordHealthMutation, RecordHealthMutationVariables>;
export const HealthHistoryDocument = new TypedDocumentString(`
    query HealthHistory($installationId: ID!, $first: Int, $after: String) {
  node(id: $installationId) {
    ... on Installation {
      id
      health {
        status
        lastSeenAt
        history(first: $first, after: $after) {
          nodes {
            recordedAt
            status
            errorCount
            avgExecutionTime
            memoryUsage
            cpuUsage
            invocations
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<HealthHistoryQuery, HealthHistoryQueryVariables>;
export const InstallationHealthDocument = new TypedDocumentString(`
    subscription InstallationHealth($installationId: ID, $siteId: ID, $organizationId: ID, $status: [HealthStatus!], $after: String) {
  installationHealth(
    installationId: $installationId
    siteId: $siteId
    organizationId: $organizationId
    status: $status
    after: $after
  ) {
    cursor
    installation {
      id
      version
      plugin {
        slug
      }
    }
    sample {
      recordedAt
      status
      errorCount
      avgExecutionTime
      memoryUsage
      cpuUsage
      invocations
    }
  }
}
    `) as unknown as TypedDocumentString<InstallationHealthSubscription, InstallationHealthSubscriptionVariables>;
export const SystemStatusDocument = new TypedDocumentString(`
    query SystemStatus {
  systemStatus {
    version
    pluginsLoaded
    pluginsEnabled
    jobsScheduled
    sandbox {
      ok
      detail
    }
    database {
      ok
      detail
    }
    queue {
      ok
      detail
    }
    storage {
      ok
      detail
    }
    eventBus {
      ok
      detail
    }
  }
}
    `) as unknown as TypedDocumentString<SystemStatusQuery, SystemStatusQueryVariables>;
export const HealthRolledUpDocument = new TypedDocumentString(`
    query HealthRolledUp($installationId: ID!, $resolution: HealthResolution!, $first: Int, $after: String, $from: DateTime, $to: DateTime) {
  node(id: $installationId) {
    ... on Installation {
      id
      health {
        history(
          resolution: $resolution
          first: $first
          after: $after
          from: $from
          to: $to
        ) {
          nodes {
            recordedAt
            status
            errorCount
            warningCount
            avgExecutionTime
            memoryUsage
            cpuUsage
            invocations
          }
          pageInfo {
            hasNextPage
            endCursor
          }
          totalCount
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<HealthRolledUpQuery, HealthRolledUpQueryVariables>;
export const SiteInstallationsDocument = new TypedDocumentString(`
    query SiteInstallations($organization: String!, $site: String!, $first: Int) {
  site(organization: $organization, slug: $site) {
    id
    installations(first: $first) {
      nodes {
        id
        status
        version
        effectivelyEnabled
        plugin {
          slug
        }
        health {
          status
          latest {
            recordedAt
            invocations
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SiteInstallationsQuery, SiteInstallationsQueryVariables>;
export const InstallPluginDocument = new TypedDocumentString(`
    mutation InstallPlugin($input: InstallPluginInput!) {
  installPlugin(input: $input) {
    installation {
      id
      status
      version
    }
    installations {
      id
      status
      version
      plugin {
        slug
      }
    }
    plan {
      resolvable
      steps {
        action
        package {
          version
          plugin {
            slug
          }
        }
        requiredBy
      }
      conflicts {
        kind
        message
        slugs
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<InstallPluginMutation, InstallPluginMutationVariables>;
export const ActivateInstallationDocument = new TypedDocumentString(`
    mutation ActivateInstallation($input: InstallationInput!) {
  activateInstallation(input: $input) {
    installation {
      id
      status
      effectivelyEnabled
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<ActivateInstallationMutation, ActivateInstallationMutationVariables>;
export const DeactivateInstallationDocument = new TypedDocumentString(`
    mutation DeactivateInstallation($input: InstallationInput!) {
  deactivateInstallation(input: $input) {
    installation {
      id
      status
      effectivelyEnabled
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<DeactivateInstallationMutation, DeactivateInstallationMutationVariables>;
export const SetSecretDocument = new TypedDocumentString(`
    mutation SetSecret($input: SetSecretInput!) {
  setSecret(input: $input) {
    secret {
      key
      version
      updatedAt
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<SetSecretMutation, SetSecretMutationVariables>;
export const InstallationChangedDocument = new TypedDocumentString(`
    subscription InstallationChanged($siteId: ID, $after: String) {
  installationChanged(siteId: $siteId, after: $after) {
    cursor
    previousStatus
    reason
    installation {
      id
      status
      version
      plugin {
        slug
      }
    }
  }
}
    `) as unknown as TypedDocumentString<InstallationChangedSubscription, InstallationChangedSubscriptionVariables>;
export const UninstallInstallationDocument = new TypedDocumentString(`
    mutation UninstallInstallation($input: UninstallInput!) {
  uninstallInstallation(input: $input) {
    installation {
      id
      status
      failure
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<UninstallInstallationMutation, UninstallInstallationMutationVariables>;
export const RetryInstallationDocument = new TypedDocumentString(`
    mutation RetryInstallation($input: InstallationInput!) {
  retryInstallation(input: $input) {
    installation {
      id
      status
      failure
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RetryInstallationMutation, RetryInstallationMutationVariables>;
export const DeactivateAllDocument = new TypedDocumentString(`
    mutation DeactivateAll($input: DeactivateAllInput!) {
  deactivateAll(input: $input) {
    deactivated
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<DeactivateAllMutation, DeactivateAllMutationVariables>;
export const ResolveDependenciesDocument = new TypedDocumentString(`
    query ResolveDependencies($siteId: ID!, $packageId: ID!, $includeOptional: Boolean) {
  resolveDependencies(
    siteId: $siteId
    packageId: $packageId
    includeOptional: $includeOptional
  ) {
    resolvable
    steps {
      action
      package {
        version
        plugin {
          slug
        }
      }
      requiredBy
    }
    conflicts {
      kind
      message
      slugs
    }
  }
}
    `) as unknown as TypedDocumentString<ResolveDependenciesQuery, ResolveDependenciesQueryVariables>;
export const CheckHostVersionDocument = new TypedDocumentString(`
    query CheckHostVersion($siteId: ID!, $hostVersion: SemVer!) {
  checkHostVersion(siteId: $siteId, hostVersion: $hostVersion) {
    compatible
    incompatible {
      installation {
        id
        version
        plugin {
          slug
        }
      }
      hostRange
      already
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CheckHostVersionQuery, CheckHostVersionQueryVariables>;
export const UpgradeInstallationDocument = new TypedDocumentString(`
    mutation UpgradeInstallation($input: UpgradeInstallationInput!) {
  upgradeInstallation(input: $input) {
    installation {
      id
      status
      version
      configuration
      supersedes {
        id
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<UpgradeInstallationMutation, UpgradeInstallationMutationVariables>;
export const RollbackInstallationDocument = new TypedDocumentString(`
    mutation RollbackInstallation($input: InstallationInput!) {
  rollbackInstallation(input: $input) {
    installation {
      id
      status
      version
      configuration
      supersedes {
        id
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RollbackInstallationMutation, RollbackInstallationMutationVariables>;
export const AvailableUpdatesDocument = new TypedDocumentString(`
    query AvailableUpdates($siteId: ID!, $first: Int) {
  installations(first: $first, filter: {siteId: $siteId}) {
    nodes {
      id
      version
      availableUpdate {
        id
        version
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AvailableUpdatesQuery, AvailableUpdatesQueryVariables>;
export const UpdatePluginDocument = new TypedDocumentString(`
    mutation UpdatePlugin($input: UpdatePluginInput!) {
  updatePlugin(input: $input) {
    plugin {
      id
      slug
      licensePolicy {
        required
        perpetualFallback
        trialDays
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<UpdatePluginMutation, UpdatePluginMutationVariables>;
export const IssueLicenseDocument = new TypedDocumentString(`
    mutation IssueLicense($input: IssueLicenseInput!) {
  issueLicense(input: $input) {
    license {
      ...LicenseParts
      certificate
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment LicenseParts on License {
  id
  type
  status
  statusReason
  key
  maxInstallations
  usedInstallations
  startsAt
  expiresAt
  gracePeriodDays
  entitlements
  plugin {
    slug
  }
  organization {
    id
    slug
  }
  site {
    id
    slug
  }
}`) as unknown as TypedDocumentString<IssueLicenseMutation, IssueLicenseMutationVariables>;
export const SuspendLicenseDocument = new TypedDocumentString(`
    mutation SuspendLicense($input: LicenseInput!) {
  suspendLicense(input: $input) {
    license {
      ...LicenseParts
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment LicenseParts on License {
  id
  type
  status
  statusReason
  key
  maxInstallations
  usedInstallations
  startsAt
  expiresAt
  gracePeriodDays
  entitlements
  plugin {
    slug
  }
  organization {
    id
    slug
  }
  site {
    id
    slug
  }
}`) as unknown as TypedDocumentString<SuspendLicenseMutation, SuspendLicenseMutationVariables>;
export const ReinstateLicenseDocument = new TypedDocumentString(`
    mutation ReinstateLicense($input: LicenseInput!) {
  reinstateLicense(input: $input) {
    license {
      ...LicenseParts
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment LicenseParts on License {
  id
  type
  status
  statusReason
  key
  maxInstallations
  usedInstallations
  startsAt
  expiresAt
  gracePeriodDays
  entitlements
  plugin {
    slug
  }
  organization {
    id
    slug
  }
  site {
    id
    slug
  }
}`) as unknown as TypedDocumentString<ReinstateLicenseMutation, ReinstateLicenseMutationVariables>;
export const RevokeLicenseDocument = new TypedDocumentString(`
    mutation RevokeLicense($input: LicenseInput!) {
  revokeLicense(input: $input) {
    license {
      ...LicenseParts
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment LicenseParts on License {
  id
  type
  status
  statusReason
  key
  maxInstallations
  usedInstallations
  startsAt
  expiresAt
  gracePeriodDays
  entitlements
  plugin {
    slug
  }
  organization {
    id
    slug
  }
  site {
    id
    slug
  }
}`) as unknown as TypedDocumentString<RevokeLicenseMutation, RevokeLicenseMutationVariables>;
export const RenewLicenseDocument = new TypedDocumentString(`
    mutation RenewLicense($input: RenewLicenseInput!) {
  renewLicense(input: $input) {
    license {
      ...LicenseParts
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment LicenseParts on License {
  id
  type
  status
  statusReason
  key
  maxInstallations
  usedInstallations
  startsAt
  expiresAt
  gracePeriodDays
  entitlements
  plugin {
    slug
  }
  organization {
    id
    slug
  }
  site {
    id
    slug
  }
}`) as unknown as TypedDocumentString<RenewLicenseMutation, RenewLicenseMutationVariables>;
export const ValidateLicenseDocument = new TypedDocumentString(`
    query ValidateLicense($key: String!, $siteId: ID!, $pluginId: ID!) {
  validateLicense(key: $key, siteId: $siteId, pluginId: $pluginId) {
    valid
    code
    detail
    license {
      ...LicenseParts
    }
  }
}
    fragment LicenseParts on License {
  id
  type
  status
  statusReason
  key
  maxInstallations
  usedInstallations
  startsAt
  expiresAt
  gracePeriodDays
  entitlements
  plugin {
    slug
  }
  organization {
    id
    slug
  }
  site {
    id
    slug
  }
}`) as unknown as TypedDocumentString<ValidateLicenseQuery, ValidateLicenseQueryVariables>;
export const LicensesDocument = new TypedDocumentString(`
    query Licenses($first: Int, $after: String, $pluginId: ID, $organizationId: ID, $status: [LicenseStatus!], $expiresBefore: DateTime) {
  licenses(
    first: $first
    after: $after
    pluginId: $pluginId
    organizationId: $organizationId
    status: $status
    expiresBefore: $expiresBefore
  ) {
    nodes {
      ...LicenseParts
    }
    totalCount
  }
}
    fragment LicenseParts on License {
  id
  type
  status
  statusReason
  key
  maxInstallations
  usedInstallations
  startsAt
  expiresAt
  gracePeriodDays
  entitlements
  plugin {
    slug
  }
  organization {
    id
    slug
  }
  site {
    id
    slug
  }
}`) as unknown as TypedDocumentString<LicensesQuery, LicensesQueryVariables>;
export const LicenseByIdDocument = new TypedDocumentString(`
    query LicenseById($id: ID!) {
  node(id: $id) {
    ... on License {
      ...LicenseParts
      certificate
      installations {
        nodes {
          id
          status
          license {
            id
          }
        }
        totalCount
      }
    }
  }
}
    fragment LicenseParts on License {
  id
  type
  status
  statusReason
  key
  maxInstallations
  usedInstallations
  startsAt
  expiresAt
  gracePeriodDays
  entitlements
  plugin {
    slug
  }
  organization {
    id
    slug
  }
  site {
    id
    slug
  }
}`) as unknown as TypedDocumentString<LicenseByIdQuery, LicenseByIdQueryVariables>;
export const SystemMetricsDocument = new TypedDocumentString(`
    query SystemMetrics {
  systemStatus {
    httpAllowlist
    jobsScheduled
    metrics {
      ...MetricsParts
    }
  }
}
    fragment MetricsParts on RuntimeMetrics {
  invocations
  errors
  timeouts
  p50Ms
  p99Ms
  liveIsolates
  runtimeProcesses
  webhookDeliveries
  webhookFailures
  subscribers
}`) as unknown as TypedDocumentString<SystemMetricsQuery, SystemMetricsQueryVariables>;
export const OrganizationMetricsDocument = new TypedDocumentString(`
    query OrganizationMetrics($slug: String!) {
  organization(slug: $slug) {
    id
    metrics {
      ...MetricsParts
    }
  }
}
    fragment MetricsParts on RuntimeMetrics {
  invocations
  errors
  timeouts
  p50Ms
  p99Ms
  liveIsolates
  runtimeProcesses
  webhookDeliveries
  webhookFailures
  subscribers
}`) as unknown as TypedDocumentString<OrganizationMetricsQuery, OrganizationMetricsQueryVariables>;
export const InstallationsMetricsDocument = new TypedDocumentString(`
    query InstallationsMetrics($first: Int, $after: String) {
  installations(first: $first, after: $after) {
    nodes {
      id
      version
      plugin {
        slug
      }
      metrics {
        ...MetricsParts
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment MetricsParts on RuntimeMetrics {
  invocations
  errors
  timeouts
  p50Ms
  p99Ms
  liveIsolates
  runtimeProcesses
  webhookDeliveries
  webhookFailures
  subscribers
}`) as unknown as TypedDocumentString<InstallationsMetricsQuery, InstallationsMetricsQueryVariables>;
export const InvocationFinishedDocument = new TypedDocumentString(`
    subscription InvocationFinished($installationId: ID!, $after: String) {
  invocationFinished(installationId: $installationId, after: $after) {
    cursor
    invocation {
      ...FinishedParts
    }
  }
}
    fragment FinishedParts on Invocation {
  id
  kind
  name
  outcome
  startedAt
  finishedAt
  durationMs
  error
  logs {
    at
    level
    message
  }
}`) as unknown as TypedDocumentString<InvocationFinishedSubscription, InvocationFinishedSubscriptionVariables>;
export const PluginDataPageDocument = new TypedDocumentString(`
    query PluginDataPage($organizationId: ID!, $plugin: String!, $after: String) {
  pluginData(organizationId: $organizationId, plugin: $plugin, after: $after) {
    items
    endCursor
  }
}
    `) as unknown as TypedDocumentString<PluginDataPageQuery, PluginDataPageQueryVariables>;
export const CatalogDocument = new TypedDocumentString(`
    query Catalog($first: Int, $after: String, $filter: PluginFilter) {
  plugins(first: $first, after: $after, filter: $filter) {
    nodes {
      id
      slug
      name
      type
      latestPackage {
        id
        version
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<CatalogQuery, CatalogQueryVariables>;
export const SubmitPackageDocument = new TypedDocumentString(`
    mutation SubmitPackage($input: SubmitPackageInput!) {
  submitPackage(input: $input) {
    package {
      id
      version
      status
      checksum
      plugin {
        id
        slug
      }
    }
    validation {
      valid
      riskLevel
      checks {
        check
        passed
      }
      findings {
        severity
        check
        message
        path
        line
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<SubmitPackageMutation, SubmitPackageMutationVariables>;
export const StartReviewDocument = new TypedDocumentString(`
    mutation StartReview($input: StartReviewInput!) {
  startReview(input: $input) {
    package {
      id
      status
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<StartReviewMutation, StartReviewMutationVariables>;
export const ApprovePackageDocument = new TypedDocumentString(`
    mutation ApprovePackage($input: ApprovePackageInput!) {
  approvePackage(input: $input) {
    package {
      id
      status
      permissions {
        permission
        risk
        granted
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<ApprovePackageMutation, ApprovePackageMutationVariables>;
export const RejectPackageDocument = new TypedDocumentString(`
    mutation RejectPackage($input: RejectPackageInput!) {
  rejectPackage(input: $input) {
    package {
      id
      status
      statusReason
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RejectPackageMutation, RejectPackageMutationVariables>;
export const PackageChangedDocument = new TypedDocumentString(`
    subscription PackageChanged($pluginId: ID, $after: String) {
  packageChanged(pluginId: $pluginId, after: $after) {
    cursor
    previousStatus
    package {
      id
      version
      status
      plugin {
        slug
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PackageChangedSubscription, PackageChangedSubscriptionVariables>;
export const PluginBySlugDocument = new TypedDocumentString(`
    query PluginBySlug($slug: String!) {
  plugin(slug: $slug) {
    id
    slug
    latestPackage {
      id
      version
    }
  }
}
    `) as unknown as TypedDocumentString<PluginBySlugQuery, PluginBySlugQueryVariables>;
export const SearchPluginsDocument = new TypedDocumentString(`
    query SearchPlugins($filter: PluginFilter, $orderBy: PluginOrder, $first: Int, $after: String, $last: Int, $before: String) {
  plugins(
    filter: $filter
    orderBy: $orderBy
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    totalCount
    nodes {
      id
      slug
      name
      averageRating
      latestPackage {
        version
      }
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<SearchPluginsQuery, SearchPluginsQueryVariables>;
export const RatePluginDocument = new TypedDocumentString(`
    mutation RatePlugin($input: RatePluginInput!) {
  ratePlugin(input: $input) {
    rating {
      id
      rating
      comment
      package {
        version
      }
    }
    plugin {
      averageRating
      ratingCount
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RatePluginMutation, RatePluginMutationVariables>;
export const ReviewQueueDocument = new TypedDocumentString(`
    query ReviewQueue($first: Int, $after: String, $filter: PackageFilter) {
  packages(first: $first, after: $after, filter: $filter, orderBy: SUBMITTED_ASC) {
    nodes {
      id
      version
      status
      submittedAt
      approvalsNeeded
      approvalsGiven
      plugin {
        id
        slug
      }
      registry {
        id
        slug
      }
      submittedBy {
        ... on ApiKey {
          id
          name
        }
        ... on User {
          id
          name
        }
      }
      heldBy {
        ... on ApiKey {
          id
          name
        }
        ... on User {
          id
          name
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ReviewQueueQuery, ReviewQueueQueryVariables>;
export const PackageReviewDocument = new TypedDocumentString(`
    query PackageReview($id: ID!) {
  node(id: $id) {
    ... on Package {
      id
      version
      status
      statusReason
      approvalsNeeded
      approvalsGiven
      deprecated
      yankedAt
      yankReason
      replacement {
        id
        slug
      }
      registry {
        id
        slug
        type
      }
      submittedBy {
        ...Who
      }
      heldBy {
        ...Who
      }
      permissions {
        permission
        risk
        reason
        granted
      }
      validation {
        valid
        riskLevel
        findings {
          severity
          check
          message
          path
          line
        }
      }
      reviews {
        id
        decision
        comment
        at
        reviewer {
          ...Who
        }
      }
    }
  }
}
    fragment Who on Principal {
  ... on ApiKey {
    id
    name
    prefix
    memberships {
      role
      organization {
        slug
      }
    }
  }
  ... on User {
    id
    name
    email
    memberships {
      role
      organization {
        slug
      }
    }
  }
}`) as unknown as TypedDocumentString<PackageReviewQuery, PackageReviewQueryVariables>;
export const RevokePackageDocument = new TypedDocumentString(`
    mutation RevokePackage($input: RevokePackageInput!) {
  revokePackage(input: $input) {
    package {
      id
      status
      statusReason
    }
    lastGoodPackage {
      id
      version
    }
    affectedInstallations
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RevokePackageMutation, RevokePackageMutationVariables>;
export const PromotePackageDocument = new TypedDocumentString(`
    mutation PromotePackage($input: PromotePackageInput!) {
  promotePackage(input: $input) {
    package {
      id
      status
      checksum
      registry {
        id
        slug
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<PromotePackageMutation, PromotePackageMutationVariables>;
export const DeprecatePackageDocument = new TypedDocumentString(`
    mutation DeprecatePackage($input: DeprecatePackageInput!) {
  deprecatePackage(input: $input) {
    package {
      id
      deprecated
      replacement {
        id
        slug
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<DeprecatePackageMutation, DeprecatePackageMutationVariables>;
export const YankPackageDocument = new TypedDocumentString(`
    mutation YankPackage($input: YankPackageInput!) {
  yankPackage(input: $input) {
    package {
      id
      yankedAt
      yankReason
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<YankPackageMutation, YankPackageMutationVariables>;
export const UnyankPackageDocument = new TypedDocumentString(`
    mutation UnyankPackage($input: UnyankPackageInput!) {
  unyankPackage(input: $input) {
    package {
      id
      yankedAt
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<UnyankPackageMutation, UnyankPackageMutationVariables>;
export const CreateRegistryDocument = new TypedDocumentString(`
    mutation CreateRegistry($input: CreateRegistryInput!) {
  createRegistry(input: $input) {
    registry {
      id
      slug
      type
      storage
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<CreateRegistryMutation, CreateRegistryMutationVariables>;
export const UpdateRegistryDocument = new TypedDocumentString(`
    mutation UpdateRegistry($input: UpdateRegistryInput!) {
  updateRegistry(input: $input) {
    registry {
      id
      name
      isActive
      storage
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateRegistryMutation, UpdateRegistryMutationVariables>;
export const RegistriesDocument = new TypedDocumentString(`
    query Registries($first: Int, $after: String) {
  registries(first: $first, after: $after) {
    nodes {
      id
      slug
      name
      type
      isActive
      storage
      organization {
        slug
      }
      site {
        slug
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<RegistriesQuery, RegistriesQueryVariables>;
export const RotateMasterKeyDocument = new TypedDocumentString(`
    mutation RotateMasterKey($input: RotateMasterKeyInput!) {
  rotateMasterKey(input: $input) {
    keyId
    rewrapped
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RotateMasterKeyMutation, RotateMasterKeyMutationVariables>;
export const UpdatePluginSettingsDocument = new TypedDocumentString(`
    mutation UpdatePluginSettings($input: UpdatePluginSettingsInput!) {
  updatePluginSettings(input: $input) {
    plugin {
      id
      settings
      lockedSettings
    }
    organizationConfig {
      id
      settings
      lockedSettings
    }
    installation {
      id
      configuration
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<UpdatePluginSettingsMutation, UpdatePluginSettingsMutationVariables>;
export const RevertPluginSettingsDocument = new TypedDocumentString(`
    mutation RevertPluginSettings($input: RevertPluginSettingsInput!) {
  revertPluginSettings(input: $input) {
    plugin {
      id
      settings
    }
    organizationConfig {
      id
      settings
    }
    installation {
      id
      configuration
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RevertPluginSettingsMutation, RevertPluginSettingsMutationVariables>;
export const SetPluginEnabledDocument = new TypedDocumentString(`
    mutation SetPluginEnabled($input: SetPluginEnabledInput!) {
  setPluginEnabled(input: $input) {
    plugin {
      id
      enabled
    }
    organizationConfig {
      id
      enabled
      enabledAt
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<SetPluginEnabledMutation, SetPluginEnabledMutationVariables>;
export const InstallationSettingsDocument = new TypedDocumentString(`
    query InstallationSettings($id: ID!) {
  node(id: $id) {
    __typename
    ... on Installation {
      configuration
      effectiveSettings
      settingsOrigin {
        key
        value
        level
        lockedBy
      }
      effectivelyEnabled
      disabledReasons
      status
      failure
    }
  }
}
    `) as unknown as TypedDocumentString<InstallationSettingsQuery, InstallationSettingsQueryVariables>;
export const SettingsRevisionsDocument = new TypedDocumentString(`
    query SettingsRevisions($pluginId: ID!, $scope: SettingsScope, $organizationId: ID, $siteId: ID) {
  settingsRevisions(
    pluginId: $pluginId
    scope: $scope
    organizationId: $organizationId
    siteId: $siteId
  ) {
    nodes {
      id
      scope
      number
      settings
      lockedSettings
      revertedToId
      at
      author {
        __typename
        ... on ApiKey {
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SettingsRevisionsQuery, SettingsRevisionsQueryVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    ... on ApiKey {
      id
      name
      prefix
      memberships {
        role
        permissions
        organization {
          id
          slug
        }
      }
    }
    ... on User {
      id
      name
      email
      memberships {
        role
        permissions
        organization {
          id
          slug
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const CreateOrganizationDocument = new TypedDocumentString(`
    mutation CreateOrganization($input: CreateOrganizationInput!) {
  createOrganization(input: $input) {
    organization {
      id
      slug
      name
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<CreateOrganizationMutation, CreateOrganizationMutationVariables>;
export const CreateSiteDocument = new TypedDocumentString(`
    mutation CreateSite($input: CreateSiteInput!) {
  createSite(input: $input) {
    site {
      id
      slug
      hostVersion
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<CreateSiteMutation, CreateSiteMutationVariables>;
export const CreateApiKeyDocument = new TypedDocumentString(`
    mutation CreateApiKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    apiKey {
      id
      prefix
      expiresAt
      memberships {
        role
        permissions
      }
    }
    secret
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<CreateApiKeyMutation, CreateApiKeyMutationVariables>;
export const RevokeApiKeyDocument = new TypedDocumentString(`
    mutation RevokeApiKey($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) {
    apiKey {
      id
      revokedAt
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RevokeApiKeyMutation, RevokeApiKeyMutationVariables>;
export const OrganizationMembersDocument = new TypedDocumentString(`
    query OrganizationMembers($slug: String!, $first: Int, $after: String) {
  organization(slug: $slug) {
    id
    rolePermissions {
      role
      permissions
      contributed
    }
    members(first: $first, after: $after) {
      totalCount
      nodes {
        id
        email
        name
        memberships {
          role
          permissions
          organization {
            slug
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<OrganizationMembersQuery, OrganizationMembersQueryVariables>;
export const GrantRoleDocument = new TypedDocumentString(`
    mutation GrantRole($input: GrantRoleInput!) {
  grantRole(input: $input) {
    user {
      id
      email
      name
      memberships {
        role
        organization {
          slug
        }
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<GrantRoleMutation, GrantRoleMutationVariables>;
export const RevokeRoleDocument = new TypedDocumentString(`
    mutation RevokeRole($input: RevokeRoleInput!) {
  revokeRole(input: $input) {
    user {
      id
      name
      memberships {
        role
        organization {
          slug
        }
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RevokeRoleMutation, RevokeRoleMutationVariables>;
export const GrantPermissionDocument = new TypedDocumentString(`
    mutation GrantPermission($input: GrantPermissionInput!) {
  grantPermission(input: $input) {
    organization {
      id
      rolePermissions {
        role
        contributed
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<GrantPermissionMutation, GrantPermissionMutationVariables>;
export const RevokePermissionDocument = new TypedDocumentString(`
    mutation RevokePermission($input: RevokePermissionInput!) {
  revokePermission(input: $input) {
    organization {
      id
      rolePermissions {
        role
        contributed
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RevokePermissionMutation, RevokePermissionMutationVariables>;
export const UpdateSiteDocument = new TypedDocumentString(`
    mutation UpdateSite($input: UpdateSiteInput!) {
  updateSite(input: $input) {
    site {
      id
      slug
      name
      hostVersion
      labels
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateSiteMutation, UpdateSiteMutationVariables>;
export const RegisterPublisherKeyDocument = new TypedDocumentString(`
    mutation RegisterPublisherKey($input: RegisterPublisherKeyInput!) {
  registerPublisherKey(input: $input) {
    publisherKey {
      id
      keyId
      name
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RegisterPublisherKeyMutation, RegisterPublisherKeyMutationVariables>;
export const RevokePublisherKeyDocument = new TypedDocumentString(`
    mutation RevokePublisherKey($input: RevokePublisherKeyInput!) {
  revokePublisherKey(input: $input) {
    publisherKey {
      id
      revokedAt
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<RevokePublisherKeyMutation, RevokePublisherKeyMutationVariables>;
export const UpdateOrganizationDocument = new TypedDocumentString(`
    mutation UpdateOrganization($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) {
    organization {
      id
      name
      requireSignatures
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateOrganizationMutation, UpdateOrganizationMutationVariables>;
export const DefineExtensionPointDocument = new TypedDocumentString(`
    mutation DefineExtensionPoint($input: DefineExtensionPointInput!) {
  defineExtensionPoint(input: $input) {
    extensionPoint {
      kind
      name
      description
      payloadSchema
      subscribers
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<DefineExtensionPointMutation, DefineExtensionPointMutationVariables>;
export const SyncPluginsDocument = new TypedDocumentString(`
    mutation SyncPlugins {
  syncPlugins {
    discovered
    submitted {
      id
      version
      checksum
      plugin {
        slug
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<SyncPluginsMutation, SyncPluginsMutationVariables>;
export const ExtensionPointsDocument = new TypedDocumentString(`
    query ExtensionPoints {
  extensionPoints {
    kind
    name
    description
    payloadSchema
    subscribers
  }
}
    `) as unknown as TypedDocumentString<ExtensionPointsQuery, ExtensionPointsQueryVariables>;
export const PackageTrustDocument = new TypedDocumentString(`
    query PackageTrust($id: ID!) {
  node(id: $id) {
    ... on Package {
      status
      checksum
      signatureStatus
      signature {
        keyId
        algorithm
        publisher
      }
      registrySignature {
        keyId
        algorithm
        signature
        statement
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PackageTrustQuery, PackageTrustQueryVariables>;
export const PackageChangesDocument = new TypedDocumentString(`
    query PackageChanges($id: ID!) {
  node(id: $id) {
    ... on Package {
      changes {
        comparedTo {
          version
        }
        risk
        riskBefore
        permissions {
          added
          removed
        }
        hosts {
          added
          removed
        }
        routes {
          added
          removed
        }
        jobs {
          added
          removed
        }
        secrets {
          added
          removed
        }
        files {
          path
          change
          sizeBefore
          sizeAfter
          diff
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PackageChangesQuery, PackageChangesQueryVariables>;
export const SubmissionsDocument = new TypedDocumentString(`
    query Submissions($slug: String, $accepted: Boolean, $first: Int, $after: String) {
  submissions(slug: $slug, accepted: $accepted, first: $first, after: $after) {
    nodes {
      id
      slug
      version
      checksum
      accepted
      refusal
      at
      package {
        status
      }
      validation {
        valid
        findings {
          severity
          check
          message
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<SubmissionsQuery, SubmissionsQueryVariables>;
export const ApplyWebhookDocument = new TypedDocumentString(`
    mutation ApplyWebhook($input: ApplyWebhookInput!) {
  applyWebhook(input: $input) {
    webhook {
      ...WebhookParts
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment WebhookParts on Webhook {
  id
  name
  events
  enabled
  disabledReason
  failingSince
  successRate
  source
  installation {
    id
  }
}`) as unknown as TypedDocumentString<ApplyWebhookMutation, ApplyWebhookMutationVariables>;
export const SetWebhookEnabledDocument = new TypedDocumentString(`
    mutation SetWebhookEnabled($input: SetWebhookEnabledInput!) {
  setWebhookEnabled(input: $input) {
    webhook {
      ...WebhookParts
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment WebhookParts on Webhook {
  id
  name
  events
  enabled
  disabledReason
  failingSince
  successRate
  source
  installation {
    id
  }
}`) as unknown as TypedDocumentString<SetWebhookEnabledMutation, SetWebhookEnabledMutationVariables>;
export const DeleteWebhookDocument = new TypedDocumentString(`
    mutation DeleteWebhook($input: WebhookInput!) {
  deleteWebhook(input: $input) {
    webhook {
      id
    }
    userErrors {
      code
      message
      field
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteWebhookMutation, DeleteWebhookMutationVariables>;
export const RedeliverDocument = new TypedDocumentString(`
    mutation Redeliver($input: RedeliverInput!) {
  redeliver(input: $input) {
    delivery {
      ...DeliveryParts
    }
    userErrors {
      code
      message
      field
    }
  }
}
    fragment DeliveryParts on WebhookDelivery {
  id
  status
  nextAttemptAt
  createdAt
  finishedAt
  attempts {
    at
    statusCode
    durationMs
    error
  }
  event {
    id
    type
  }
  repeats {
    id
  }
  webhook {
    id
    name
  }
}`) as unknown as TypedDocumentString<RedeliverMutation, RedeliverMutationVariables>;
export const WebhooksDocument = new TypedDocumentString(`
    query Webhooks($organizationId: ID, $first: Int, $after: String) {
  systemStatus {
    webhooksActive
  }
  webhooks(organizationId: $organizationId, first: $first, after: $after) {
    totalCount
    nodes {
      ...WebhookParts
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    fragment WebhookParts on Webhook {
  id
  name
  events
  enabled
  disabledReason
  failingSince
  successRate
  source
  installation {
    id
  }
}`) as unknown as TypedDocumentString<WebhooksQuery, WebhooksQueryVariables>;
export const WebhookDeliveriesDocument = new TypedDocumentString(`
    query WebhookDeliveries($webhookId: ID!, $status: [DeliveryStatus!], $first: Int, $after: String) {
  node(id: $webhookId) {
    ... on Webhook {
      ...WebhookParts
      deliveries(status: $status, first: $first, after: $after) {
        totalCount
        nodes {
          ...DeliveryParts
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  }
}
    fragment WebhookParts on Webhook {
  id
  name
  events
  enabled
  disabledReason
  failingSince
  successRate
  source
  installation {
    id
  }
}
fragment DeliveryParts on WebhookDelivery {
  id
  status
  nextAttemptAt
  createdAt
  finishedAt
  attempts {
    at
    statusCode
    durationMs
    error
  }
  event {
    id
    type
  }
  repeats {
    id
  }
  webhook {
    id
    name
  }
}`) as unknown as TypedDocumentString<WebhookDeliveriesQuery, WebhookDeliveriesQueryVariables>;
export const InstallationWebhooksDocument = new TypedDocumentString(`
    query InstallationWebhooks($installationId: ID!) {
  node(id: $installationId) {
    ... on Installation {
      webhooks {
        ...WebhookParts
      }
    }
  }
}
    fragment WebhookParts on Webhook {
  id
  name
  events
  enabled
  disabledReason
  failingSince
  successRate
  source
  installation {
    id
  }
}`) as unknown as TypedDocumentString<InstallationWebhooksQuery, InstallationWebhooksQueryVariables>;
export const DeliveriesOfEventDocument = new TypedDocumentString(`
    query DeliveriesOfEvent($eventId: ID!) {
  node(id: $eventId) {
    ... on Event {
      deliveries {
        nodes {
          ...DeliveryParts
        }
      }
    }
  }
}
    fragment DeliveryParts on WebhookDelivery {
  id
  status
  nextAttemptAt
  createdAt
  finishedAt
  attempts {
    at
    statusCode
    durationMs
    error
  }
  event {
    id
    type
  }
  repeats {
    id
  }
  webhook {
    id
    name
  }
}`) as unknown as TypedDocumentString<DeliveriesOfEventQuery, DeliveriesOfEventQueryVariables>;
export const WebhookDeliveredDocument = new TypedDocumentString(`
    subscription WebhookDelivered($webhookId: ID, $after: String) {
  webhookDelivered(webhookId: $webhookId, after: $after) {
    cursor
    delivery {
      ...DeliveryParts
    }
  }
}
    fragment DeliveryParts on WebhookDelivery {
  id
  status
  nextAttemptAt
  createdAt
  finishedAt
  attempts {
    at
    statusCode
    durationMs
    error
  }
  event {
    id
    type
  }
  repeats {
    id
  }
  webhook {
    id
    name
  }
}`) as unknown as TypedDocumentString<WebhookDeliveredSubscription, WebhookDeliveredSubscriptionVariables>;