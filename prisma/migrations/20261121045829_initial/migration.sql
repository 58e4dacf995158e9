-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "DeploymentType" AS ENUM ('INSTALL', 'UPGRADE');

-- CreateEnum
CREATE TYPE "DeploymentStatus" AS ENUM ('RUNNING', 'COMPLETED', 'FAILED');

-- CreateEnum
CREATE TYPE "DeploymentTargetStatus" AS ENUM ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED');

-- CreateEnum
CREATE TYPE "InstallationStatus" AS ENUM ('INSTALLING', 'INSTALLED', 'ACTIVE', 'INACTIVE', 'FAILED', 'UNINSTALLED');

-- CreateEnum
CREATE TYPE "HealthStatus" AS ENUM ('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN');

-- CreateEnum
CREATE TYPE "RegistryType" AS ENUM ('ENTERPRISE', 'SITE', 'DEVELOPER');

-- CreateEnum
CREATE TYPE "PluginType" AS ENUM ('INTEGRATION', 'UI_THEME', 'AI_MODULE', 'WORKFLOW');

-- CreateEnum
CREATE TYPE "PackageStatus" AS ENUM ('PENDING_REVIEW', 'IN_REVIEW', 'APPROVED', 'REJECTED', 'REVOKED');

-- CreateEnum
CREATE TYPE "PackageFormat" AS ENUM ('ZIP', 'MPK');

-- CreateEnum
CREATE TYPE "RiskLevel" AS ENUM ('LOW', 'MEDIUM', 'HIGH');

-- CreateEnum
CREATE TYPE "ReviewDecision" AS ENUM ('STARTED', 'APPROVED', 'REJECTED', 'REVOKED');

-- CreateEnum
CREATE TYPE "InvocationKind" AS ENUM ('HOOK', 'EVENT', 'FILTER', 'ROUTE', 'JOB', 'LIFECYCLE', 'HEALTH', 'TRANSFORM', 'MIGRATION');

-- CreateEnum
CREATE TYPE "InvocationStatus" AS ENUM ('QUEUED', 'RUNNING', 'FINISHED');

-- CreateEnum
CREATE TYPE "InvocationOutcome" AS ENUM ('OK', 'ABORTED', 'ERROR', 'TIMEOUT', 'OUT_OF_MEMORY', 'DENIED', 'CRASHED');

-- CreateEnum
CREATE TYPE "PrincipalKind" AS ENUM ('API_KEY');

-- CreateEnum
CREATE TYPE "Role" AS ENUM ('VIEWER', 'OPERATOR', 'ADMIN', 'PUBLISHER', 'REVIEWER');

-- CreateTable
CREATE TABLE "deployment" (
    "id" UUID NOT NULL,
    "organization_id" UUID,
    "type" "DeploymentType" NOT NULL,
    "status" "DeploymentStatus" NOT NULL,
    "plugin_id" UUID NOT NULL,
    "package_id" UUID NOT NULL,
    "configuration" JSONB,
    "activate" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by_id" UUID,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "status_reason" TEXT,

    CONSTRAINT "deployment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deployment_target" (
    "id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "site_id" UUID NOT NULL,
    "status" "DeploymentTargetStatus" NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "installation_id" UUID,
    "previous_installation_id" UUID,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "deployment_target_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "site_id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "package_id" UUID NOT NULL,
    "status" "InstallationStatus" NOT NULL,
    "configuration" JSONB NOT NULL DEFAULT '{}',
    "supersedes_id" UUID,
    "superseded_by_id" UUID,
    "installed_at" TIMESTAMPTZ(3) NOT NULL,
    "activated_at" TIMESTAMPTZ(3),
    "deactivated_at" TIMESTAMPTZ(3),
    "process_id" UUID,
    "failure" TEXT,
    "error_count" INTEGER NOT NULL DEFAULT 0,
    "health_status" "HealthStatus" NOT NULL DEFAULT 'UNKNOWN',
    "health_message" TEXT,
    "last_seen_at" TIMESTAMPTZ(3),

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job_schedule" (
    "installation_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "schedule" TEXT,
    "next_run_at" TIMESTAMPTZ(3),

    CONSTRAINT "job_schedule_pkey" PRIMARY KEY ("installation_id","name")
);

-- CreateTable
CREATE TABLE "secret_key" (
    "organization_id" UUID NOT NULL,
    "master_key_id" TEXT NOT NULL,
    "wrapped_key" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "secret_key_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "secret" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "site_id" UUID,
    "key" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "sealed" BYTEA NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by_id" UUID,

    CONSTRAINT "secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "registry" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "type" "RegistryType" NOT NULL,
    "organization_id" UUID,
    "site_id" UUID,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "storage" TEXT NOT NULL DEFAULT 'file',
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "registry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plugin" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "type" "PluginType" NOT NULL,
    "author" TEXT NOT NULL,
    "keywords" TEXT[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "owner_id" UUID,
    "latest_package_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "plugin_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "package" (
    "id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "registry_id" UUID NOT NULL,
    "version" TEXT NOT NULL,
    "version_key" TEXT COLLATE "C" NOT NULL,
    "status" "PackageStatus" NOT NULL,
    "format" "PackageFormat" NOT NULL,
    "manifest" JSONB NOT NULL,
    "checksum" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "risk_level" "RiskLevel" NOT NULL,
    "validation" JSONB NOT NULL,
    "granted_permissions" JSONB,
    "submitted_by_id" UUID,
    "submitted_at" TIMESTAMPTZ(3) NOT NULL,
    "held_by_id" UUID,
    "status_reason" TEXT,
    "changelog" TEXT,

    CONSTRAINT "package_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "package_dependency" (
    "package_id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "range" TEXT NOT NULL,
    "optional" BOOLEAN NOT NULL,

    CONSTRAINT "package_dependency_pkey" PRIMARY KEY ("package_id","slug")
);

-- CreateTable
CREATE TABLE "review" (
    "id" UUID NOT NULL,
    "package_id" UUID NOT NULL,
    "decision" "ReviewDecision" NOT NULL,
    "reviewer_id" UUID,
    "comment" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "review_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_process" (
    "id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "queue_workers" TEXT[],
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "beat_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "service_process_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "relay_position" (
    "id" INTEGER NOT NULL,
    "snapshot" TEXT NOT NULL,
    "window_start" TEXT,
    "window_seq" BIGINT,
    "seq" BIGINT NOT NULL,

    CONSTRAINT "relay_position_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_setting" (
    "name" TEXT NOT NULL,
    "value" JSONB NOT NULL,

    CONSTRAINT "service_setting_pkey" PRIMARY KEY ("name")
);

CREATE SEQUENCE "event_seq";

-- CreateTable
CREATE TABLE "event" (
    "id" UUID NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT nextval('event_seq'),
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "type" TEXT NOT NULL,
    "organization_id" UUID,
    "site_id" UUID,
    "subject_id" UUID,
    "actor_id" UUID,
    "source" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
) PARTITION BY RANGE ("id");

-- CreateTable
CREATE TABLE "invocation" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "site_id" UUID NOT NULL,
    "installation_id" UUID NOT NULL,
    "kind" "InvocationKind" NOT NULL,
    "name" TEXT NOT NULL,
    "status" "InvocationStatus" NOT NULL,
    "outcome" "InvocationOutcome",
    "event_id" UUID,
    "process_id" UUID,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "duration_ms" DOUBLE PRECISION,
    "cpu_ms" DOUBLE PRECISION,
    "heap_used" DOUBLE PRECISION,
    "error" TEXT,
    "logs" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "invocation_pkey" PRIMARY KEY ("id")
) PARTITION BY RANGE ("id");

-- CreateTable
CREATE TABLE "health_sample" (
    "id" UUID NOT NULL,
    "installation_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "status" "HealthStatus" NOT NULL,
    "error_count" INTEGER NOT NULL DEFAULT 0,
    "warning_count" INTEGER NOT NULL DEFAULT 0,
    "avg_execution_time" DOUBLE PRECISION,
    "memory_usage" DOUBLE PRECISION,
    "cpu_usage" DOUBLE PRECISION,
    "invocations" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "health_sample_pkey" PRIMARY KEY ("installation_id","recorded_at","id")
) PARTITION BY RANGE ("recorded_at");

-- CreateTable
CREATE TABLE "organization" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "site" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "host_version" TEXT NOT NULL,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "site_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "principal" (
    "id" UUID NOT NULL,
    "kind" "PrincipalKind" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "principal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "id" UUID NOT NULL,
    "principal_id" UUID NOT NULL,
    "organization_id" UUID,
    "role" "Role" NOT NULL,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "deployment_organization_id_id_idx" ON "deployment"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "deployment_plugin_id_id_idx" ON "deployment"("plugin_id", "id" DESC);

-- CreateIndex
CREATE INDEX "deployment_package_id_id_idx" ON "deployment"("package_id", "id" DESC);

-- CreateIndex
CREATE INDEX "deployment_target_deployment_id_id_idx" ON "deployment_target"("deployment_id", "id");

-- CreateIndex
CREATE INDEX "deployment_target_site_id_idx" ON "deployment_target"("site_id");

-- CreateIndex
CREATE INDEX "deployment_target_installation_id_idx" ON "deployment_target"("installation_id");

-- CreateIndex
CREATE INDEX "deployment_target_previous_installation_id_idx" ON "deployment_target"("previous_installation_id");

-- CreateIndex
CREATE UNIQUE INDEX "deployment_target_deployment_id_site_id_key" ON "deployment_target"("deployment_id", "site_id");

-- CreateIndex
CREATE UNIQUE INDEX "installation_superseded_by_id_key" ON "installation"("superseded_by_id");

-- CreateIndex
CREATE INDEX "installation_organization_id_id_idx" ON "installation"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "installation_site_id_id_idx" ON "installation"("site_id", "id" DESC);

-- CreateIndex
CREATE INDEX "installation_plugin_id_id_idx" ON "installation"("plugin_id", "id" DESC);

-- CreateIndex
CREATE INDEX "installation_package_id_id_idx" ON "installation"("package_id", "id" DESC);

-- CreateIndex
CREATE INDEX "installation_status_id_idx" ON "installation"("status", "id" DESC);

-- CreateIndex
CREATE INDEX "installation_supersedes_id_idx" ON "installation"("supersedes_id");

-- CreateIndex
CREATE INDEX "job_schedule_next_run_at_idx" ON "job_schedule"("next_run_at");

-- CreateIndex
CREATE UNIQUE INDEX "registry_slug_key" ON "registry"("slug");

-- CreateIndex
CREATE INDEX "registry_organization_id_idx" ON "registry"("organization_id");

-- CreateIndex
CREATE INDEX "registry_site_id_idx" ON "registry"("site_id");

-- CreateIndex
CREATE UNIQUE INDEX "plugin_slug_key" ON "plugin"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "plugin_latest_package_id_key" ON "plugin"("latest_package_id");

-- CreateIndex
CREATE INDEX "plugin_owner_id_idx" ON "plugin"("owner_id");

-- CreateIndex
CREATE INDEX "plugin_name_id_idx" ON "plugin"("name", "id");

-- CreateIndex
CREATE INDEX "plugin_updated_at_id_idx" ON "plugin"("updated_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "package_plugin_id_id_idx" ON "package"("plugin_id", "id" DESC);

-- CreateIndex
CREATE INDEX "package_status_id_idx" ON "package"("status", "id" DESC);

-- CreateIndex
CREATE INDEX "package_submitted_at_id_idx" ON "package"("submitted_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "package_registry_id_idx" ON "package"("registry_id");

-- CreateIndex
CREATE INDEX "package_checksum_idx" ON "package"("checksum");

-- CreateIndex
CREATE UNIQUE INDEX "package_plugin_id_version_key_key" ON "package"("plugin_id", "version_key");

-- CreateIndex
CREATE INDEX "package_dependency_slug_idx" ON "package_dependency"("slug");

-- CreateIndex
CREATE INDEX "review_package_id_id_idx" ON "review"("package_id", "id");

-- CreateIndex
CREATE INDEX "event_seq_idx" ON "event"("seq");

-- CreateIndex
CREATE INDEX "event_xid_idx" ON "event"("xid");

-- CreateIndex
CREATE INDEX "event_organization_id_id_idx" ON "event"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "event_type_id_idx" ON "event"("type", "id" DESC);

-- CreateIndex
CREATE INDEX "event_site_id_id_idx" ON "event"("site_id", "id" DESC);

-- CreateIndex
CREATE INDEX "invocation_organization_id_id_idx" ON "invocation"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "invocation_installation_id_id_idx" ON "invocation"("installation_id", "id" DESC);

-- CreateIndex
CREATE INDEX "invocation_site_id_id_idx" ON "invocation"("site_id", "id" DESC);

-- CreateIndex
CREATE INDEX "invocation_event_id_idx" ON "invocation"("event_id");

-- CreateIndex
CREATE UNIQUE INDEX "organization_slug_key" ON "organization"("slug");

-- CreateIndex
CREATE INDEX "site_organization_id_id_idx" ON "site"("organization_id", "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "site_organization_id_slug_key" ON "site"("organization_id", "slug");

-- CreateIndex
CREATE UNIQUE INDEX "site_id_organization_id_key" ON "site"("id", "organization_id");

-- CreateIndex
CREATE INDEX "membership_principal_id_idx" ON "membership"("principal_id");

-- CreateIndex
CREATE INDEX "membership_organization_id_idx" ON "membership"("organization_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_hash_key" ON "api_key"("hash");

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_package_id_fkey" FOREIGN KEY ("package_id") REFERENCES "package"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_created_by_id_fkey" FOREIGN KEY ("created_by_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deployment_target" ADD CONSTRAINT "deployment_target_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployment"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deployment_target" ADD CONSTRAINT "deployment_target_site_id_organization_id_fkey" FOREIGN KEY ("site_id", "organization_id") REFERENCES "site"("id", "organization_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deployment_target" ADD CONSTRAINT "deployment_target_installation_id_fkey" FOREIGN KEY ("installation_id") REFERENCES "installation"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "deployment_target" ADD CONSTRAINT "deployment_target_previous_installation_id_fkey" FOREIGN KEY ("previous_installation_id") REFERENCES "installation"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "installation" ADD CONSTRAINT "installation_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "installation" ADD CONSTRAINT "installation_site_id_organization_id_fkey" FOREIGN KEY ("site_id", "organization_id") REFERENCES "site"("id", "organization_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "installation" ADD CONSTRAINT "installation_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "installation" ADD CONSTRAINT "installation_package_id_fkey" FOREIGN KEY ("package_id") REFERENCES "package"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "installation" ADD CONSTRAINT "installation_supersedes_id_fkey" FOREIGN KEY ("supersedes_id") REFERENCES "installation"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "installation" ADD CONSTRAINT "installation_superseded_by_id_fkey" FOREIGN KEY ("superseded_by_id") REFERENCES "installation"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "job_schedule" ADD CONSTRAINT "job_schedule_installation_id_fkey" FOREIGN KEY ("installation_id") REFERENCES "installation"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "secret_key" ADD CONSTRAINT "secret_key_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "secret" ADD CONSTRAINT "secret_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "secret" ADD CONSTRAINT "secret_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "secret" ADD CONSTRAINT "secret_site_id_organization_id_fkey" FOREIGN KEY ("site_id", "organization_id") REFERENCES "site"("id", "organization_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "secret" ADD CONSTRAINT "secret_updated_by_id_fkey" FOREIGN KEY ("updated_by_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "registry" ADD CONSTRAINT "registry_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "registry" ADD CONSTRAINT "registry_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "site"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plugin" ADD CONSTRAINT "plugin_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plugin" ADD CONSTRAINT "plugin_latest_package_id_fkey" FOREIGN KEY ("latest_package_id") REFERENCES "package"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "package" ADD CONSTRAINT "package_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "package" ADD CONSTRAINT "package_registry_id_fkey" FOREIGN KEY ("registry_id") REFERENCES "registry"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "package" ADD CONSTRAINT "package_submitted_by_id_fkey" FOREIGN KEY ("submitted_by_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "package" ADD CONSTRAINT "package_held_by_id_fkey" FOREIGN KEY ("held_by_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "package_dependency" ADD CONSTRAINT "package_dependency_package_id_fkey" FOREIGN KEY ("package_id") REFERENCES "package"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "review" ADD CONSTRAINT "review_package_id_fkey" FOREIGN KEY ("package_id") REFERENCES "package"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "review" ADD CONSTRAINT "review_reviewer_id_fkey" FOREIGN KEY ("reviewer_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "invocation" ADD CONSTRAINT "invocation_installation_id_fkey" FOREIGN KEY ("installation_id") REFERENCES "installation"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "site" ADD CONSTRAINT "site_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_principal_id_fkey" FOREIGN KEY ("principal_id") REFERENCES "principal"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_id_fkey" FOREIGN KEY ("id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;


-- What Prisma has no words for.

-- One current installation for a site and plugin. What was superseded is history; an upgrade on its way (or one that
-- failed) stands beside the installation that it is to replace, and there is one such at a time.
CREATE UNIQUE INDEX "installation_current_key" ON "installation" ("site_id", "plugin_id")
  WHERE "status" <> 'UNINSTALLED' AND "superseded_by_id" IS NULL
    AND NOT ("supersedes_id" IS NOT NULL AND "status" IN ('INSTALLING', 'FAILED'));
CREATE UNIQUE INDEX "installation_candidate_key" ON "installation" ("supersedes_id")
  WHERE "supersedes_id" IS NOT NULL AND "status" = 'INSTALLING';
ALTER TABLE "installation"
  ADD CONSTRAINT "installation_superseded_check"
    CHECK ("superseded_by_id" IS NULL OR "status" IN ('INACTIVE', 'UNINSTALLED')),
  ADD CONSTRAINT "installation_not_itself_check"
    CHECK ("supersedes_id" <> "id" AND "superseded_by_id" <> "id"),
  ADD CONSTRAINT "installation_failed_check" CHECK ("status" <> 'FAILED' OR "failure" IS NOT NULL),
  ADD CONSTRAINT "installation_active_check" CHECK ("status" <> 'ACTIVE' OR "activated_at" IS NOT NULL);

-- The dispatcher's look-up: what runs at a site or in an organization.
CREATE INDEX "installation_running_idx" ON "installation" ("site_id") WHERE "status" = 'ACTIVE';

-- One value for each place that a secret can belong to; a null site is the organization itself.
CREATE UNIQUE INDEX "secret_owner_key" ON "secret" ("organization_id", "plugin_id", "site_id", "key") NULLS NOT DISTINCT;

-- A role is held once in each place.
CREATE UNIQUE INDEX "membership_grant_key" ON "membership" ("principal_id", "organization_id", "role") NULLS NOT DISTINCT;

ALTER TABLE "package"
  ADD CONSTRAINT "package_checksum_check" CHECK ("checksum" ~ '^[0-9a-f]{64}$'),
  ADD CONSTRAINT "package_size_check" CHECK ("size" > 0),
  ADD CONSTRAINT "package_reason_check" CHECK ("status" NOT IN ('REJECTED', 'REVOKED') OR "status_reason" IS NOT NULL);
ALTER TABLE "review"
  ADD CONSTRAINT "review_reason_check" CHECK ("decision" NOT IN ('REJECTED', 'REVOKED') OR "comment" IS NOT NULL);
ALTER TABLE "deployment"
  ADD CONSTRAINT "deployment_finished_check" CHECK (("status" = 'RUNNING') = ("finished_at" IS NULL));
ALTER TABLE "invocation"
  ADD CONSTRAINT "invocation_outcome_check" CHECK (("status" = 'FINISHED') = ("outcome" IS NOT NULL));
ALTER TABLE "relay_position" ADD CONSTRAINT "relay_position_single_check" CHECK ("id" = 1);

-- Telemetry lies in one partition a day, which are made ahead by a job and dropped whole when they are too old. The
-- default partitions only catch what no day was made for; they are empty in a service whose jobs run.
CREATE TABLE "event_default" PARTITION OF "event" DEFAULT;
CREATE TABLE "invocation_default" PARTITION OF "invocation" DEFAULT;
CREATE TABLE "health_sample_default" PARTITION OF "health_sample" DEFAULT;

-- The lowest UUIDv7 of a time: its first 48 bits are the milliseconds since 1970 (RFC 9562).
CREATE FUNCTION "uuid_floor"("at" timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- Makes the partitions of `days` days from `first` on, where they are missing. Names end with the day, UTC.
CREATE FUNCTION "ensure_partitions"("first" date, "days" int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  day date;
  lower_bound timestamptz;
  upper_bound timestamptz;
  made int := 0;
  name text;
BEGIN
  -- Two processes that start at once would make the same table.
  PERFORM pg_advisory_xact_lock(hashtext('patchbay partitions'));
  FOR day IN SELECT first + n FROM generate_series(0, days - 1) AS n LOOP
    lower_bound := day::timestamp AT TIME ZONE 'UTC';
    upper_bound := (day + 1)::timestamp AT TIME ZONE 'UTC';
    FOREACH name IN ARRAY ARRAY['event', 'invocation', 'health_sample'] LOOP
      CONTINUE WHEN to_regclass(format('%I', name || '_' || to_char(day, 'YYYYMMDD'))) IS NOT NULL;
      IF name = 'health_sample' THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
          name || '_' || to_char(day, 'YYYYMMDD'), name, lower_bound, upper_bound);
      ELSE
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
          name || '_' || to_char(day, 'YYYYMMDD'), name, uuid_floor(lower_bound), uuid_floor(upper_bound));
      END IF;
      made := made + 1;
    END LOOP;
  END LOOP;
  RETURN made;
END
$$;

-- Drops the partitions of a table whose day ended before `before`. Dropping a table is cheap at any size.
CREATE FUNCTION "drop_partitions"("parent" text, "before" date) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  child text;
  dropped int := 0;
BEGIN
  FOR child IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = format('%I', parent)::regclass AND c.relname ~ '_[0-9]{8}$'
  LOOP
    IF to_date(right(child, 8), 'YYYYMMDD') < before THEN
      EXECUTE format('DROP TABLE %I', child);
      dropped := dropped + 1;
    END IF;
  END LOOP;
  RETURN dropped;
END
$$;
