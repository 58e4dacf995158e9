-- CreateEnum
CREATE TYPE "LicenseType" AS ENUM ('FREE', 'TRIAL', 'SITE', 'ENTERPRISE', 'DEVELOPER');

-- CreateEnum
CREATE TYPE "LicenseStatus" AS ENUM ('ACTIVE', 'EXPIRED', 'SUSPENDED', 'REVOKED');

-- CreateEnum
CREATE TYPE "SettingsScope" AS ENUM ('GLOBAL', 'ORGANIZATION', 'SITE');

-- AlterEnum
ALTER TYPE "PrincipalKind" ADD VALUE 'USER';

-- AlterTable
ALTER TABLE "audit_entry" ADD COLUMN     "plugin_id" UUID,
ADD COLUMN     "request_id" TEXT;

-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "in_force" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "license_id" UUID,
ADD COLUMN     "operation" TEXT,
ADD COLUMN     "organization_enabled" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "perpetual" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "probation_ends_at" TIMESTAMPTZ(3),
ADD COLUMN     "rollback" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "uninstalled_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "plugin" ADD COLUMN     "license_required" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "locked_settings" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "perpetual_fallback" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "trial_days" INTEGER;

-- AlterTable
ALTER TABLE "membership" ADD COLUMN     "narrowed" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "permissions" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "audit_seal" (
    "chain" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "entry_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "seq" BIGSERIAL NOT NULL,

    CONSTRAINT "audit_seal_pkey" PRIMARY KEY ("chain","number")
);

-- CreateTable
CREATE TABLE "audit_unsealed" (
    "entry_id" UUID NOT NULL,
    "chain" UUID NOT NULL,

    CONSTRAINT "audit_unsealed_pkey" PRIMARY KEY ("entry_id")
);

-- CreateTable
CREATE TABLE "plugin_data" (
    "organization_id" UUID NOT NULL,
    "site_id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "version" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "plugin_data_pkey" PRIMARY KEY ("site_id","plugin_id")
);

-- CreateTable
CREATE TABLE "license" (
    "id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "organization_id" UUID,
    "site_id" UUID,
    "type" "LicenseType" NOT NULL,
    "status" "LicenseStatus" NOT NULL,
    "key_hash" BYTEA NOT NULL,
    "sealed_key" BYTEA NOT NULL,
    "key_end" TEXT NOT NULL,
    "max_installations" INTEGER,
    "used_installations" INTEGER NOT NULL DEFAULT 0,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "grace_period_days" INTEGER NOT NULL DEFAULT 0,
    "ends_at" TIMESTAMPTZ(3),
    "entitlements" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "status_reason" TEXT,
    "certificate" TEXT NOT NULL,
    "serial" INTEGER NOT NULL DEFAULT 1,
    "told_days" INTEGER,
    "issued_by_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "license_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "license_seat" (
    "license_id" UUID NOT NULL,
    "site_id" UUID NOT NULL,
    "taken_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "license_seat_pkey" PRIMARY KEY ("license_id","site_id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "principal_id" UUID NOT NULL,
    "operation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "input_hash" BYTEA NOT NULL,
    "attempt" UUID NOT NULL,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "answer" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("principal_id","operation","key")
);

-- CreateTable
CREATE TABLE "organization_plugin_config" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "locked_settings" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "enabled_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "organization_plugin_config_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "settings_revision" (
    "id" UUID NOT NULL,
    "scope" "SettingsScope" NOT NULL,
    "plugin_id" UUID NOT NULL,
    "organization_id" UUID,
    "site_id" UUID,
    "number" INTEGER NOT NULL,
    "settings" JSONB NOT NULL,
    "locked_settings" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "reverted_to_id" UUID,
    "author_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "settings_revision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "issuer" TEXT,
    "subject" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role_permission" (
    "organization_id" UUID NOT NULL,
    "role" "Role" NOT NULL,
    "permission" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "role_permission_pkey" PRIMARY KEY ("organization_id","role","permission")
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_seal_entry_id_key" ON "audit_seal"("entry_id");

-- CreateIndex
CREATE UNIQUE INDEX "audit_seal_seq_key" ON "audit_seal"("seq");

-- CreateIndex
CREATE INDEX "plugin_data_organization_id_idx" ON "plugin_data"("organization_id");

-- CreateIndex
CREATE INDEX "plugin_data_plugin_id_idx" ON "plugin_data"("plugin_id");

-- CreateIndex
CREATE UNIQUE INDEX "license_key_hash_key" ON "license"("key_hash");

-- CreateIndex
CREATE INDEX "license_plugin_id_id_idx" ON "license"("plugin_id", "id" DESC);

-- CreateIndex
CREATE INDEX "license_organization_id_id_idx" ON "license"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "license_site_id_idx" ON "license"("site_id");

-- CreateIndex
CREATE INDEX "license_expires_at_idx" ON "license"("expires_at");

-- CreateIndex
CREATE INDEX "license_seat_site_id_idx" ON "license_seat"("site_id");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- CreateIndex
CREATE INDEX "organization_plugin_config_plugin_id_idx" ON "organization_plugin_config"("plugin_id");

-- CreateIndex
CREATE UNIQUE INDEX "organization_plugin_config_organization_id_plugin_id_key" ON "organization_plugin_config"("organization_id", "plugin_id");

-- CreateIndex
CREATE INDEX "settings_revision_plugin_id_id_idx" ON "settings_revision"("plugin_id", "id" DESC);

-- CreateIndex
CREATE INDEX "settings_revision_organization_id_id_idx" ON "settings_revision"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "settings_revision_site_id_id_idx" ON "settings_revision"("site_id", "id" DESC);

-- CreateIndex
CREATE INDEX "settings_revision_author_id_idx" ON "settings_revision"("author_id");

-- CreateIndex
CREATE UNIQUE INDEX "user_email_key" ON "user"("email");

-- CreateIndex
CREATE UNIQUE INDEX "user_issuer_subject_key" ON "user"("issuer", "subject");

-- CreateIndex
CREATE INDEX "audit_entry_plugin_id_id_idx" ON "audit_entry"("plugin_id", "id" DESC);

-- CreateIndex
CREATE INDEX "installation_license_id_id_idx" ON "installation"("license_id", "id" DESC);

-- AddForeignKey
ALTER TABLE "installation" ADD CONSTRAINT "installation_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plugin_data" ADD CONSTRAINT "plugin_data_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plugin_data" ADD CONSTRAINT "plugin_data_site_id_organization_id_fkey" FOREIGN KEY ("site_id", "organization_id") REFERENCES "site"("id", "organization_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plugin_data" ADD CONSTRAINT "plugin_data_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "license" ADD CONSTRAINT "license_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "license" ADD CONSTRAINT "license_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "license" ADD CONSTRAINT "license_site_id_organization_id_fkey" FOREIGN KEY ("site_id", "organization_id") REFERENCES "site"("id", "organization_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "license" ADD CONSTRAINT "license_issued_by_id_fkey" FOREIGN KEY ("issued_by_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "license_seat" ADD CONSTRAINT "license_seat_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "license_seat" ADD CONSTRAINT "license_seat_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "site"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "idempotency_key" ADD CONSTRAINT "idempotency_key_principal_id_fkey" FOREIGN KEY ("principal_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "organization_plugin_config" ADD CONSTRAINT "organization_plugin_config_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "organization_plugin_config" ADD CONSTRAINT "organization_plugin_config_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "settings_revision" ADD CONSTRAINT "settings_revision_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "settings_revision" ADD CONSTRAINT "settings_revision_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "settings_revision" ADD CONSTRAINT "settings_revision_site_id_organization_id_fkey" FOREIGN KEY ("site_id", "organization_id") REFERENCES "site"("id", "organization_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "settings_revision" ADD CONSTRAINT "settings_revision_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "user" ADD CONSTRAINT "user_id_fkey" FOREIGN KEY ("id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "role_permission" ADD CONSTRAINT "role_permission_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- By hand: what Prisma has no words for.

-- What is in force is told by a column of its own: an upgrade that failed later, when it was in force, is current still.
UPDATE "installation" SET "in_force" = false WHERE "supersedes_id" IS NOT NULL AND "status" IN ('INSTALLING', 'FAILED');
DROP INDEX "installation_current_key";
CREATE UNIQUE INDEX "installation_current_key" ON "installation" ("site_id", "plugin_id")
  WHERE "status" <> 'UNINSTALLED' AND "superseded_by_id" IS NULL AND "in_force";
DROP INDEX "installation_candidate_key";
CREATE UNIQUE INDEX "installation_candidate_key" ON "installation" ("supersedes_id")
  WHERE "status" = 'INSTALLING' AND NOT "in_force";
ALTER TABLE "installation" ADD CONSTRAINT "installation_in_force_check"
  CHECK ("in_force" OR ("supersedes_id" IS NOT NULL AND "superseded_by_id" IS NULL AND "status" IN ('INSTALLING', 'FAILED')));

-- One trial for a plugin and organization, ever.
CREATE UNIQUE INDEX "license_trial_key" ON "license" ("plugin_id", "organization_id") WHERE "type" = 'TRIAL';

ALTER TABLE "license"
  ADD CONSTRAINT "license_seats_check" CHECK ("used_installations" >= 0 AND ("max_installations" IS NULL OR "max_installations" > 0)),
  ADD CONSTRAINT "license_times_check" CHECK ("expires_at" IS NULL OR "expires_at" > "starts_at"),
  ADD CONSTRAINT "license_ends_check" CHECK (("ends_at" IS NULL) = ("expires_at" IS NULL) AND "grace_period_days" >= 0),
  ADD CONSTRAINT "license_site_check" CHECK ("site_id" IS NULL OR "organization_id" IS NOT NULL);

-- Revisions of one level are numbered without doubles, also where two are made at once.
CREATE UNIQUE INDEX "settings_revision_number_key" ON "settings_revision"
  ("plugin_id", coalesce("organization_id", '00000000-0000-0000-0000-000000000000'), coalesce("site_id", '00000000-0000-0000-0000-000000000000'), "number");

ALTER TABLE "settings_revision"
  ADD CONSTRAINT "settings_revision_scope_check" CHECK (
    ("scope" = 'GLOBAL' AND "organization_id" IS NULL AND "site_id" IS NULL)
    OR ("scope" = 'ORGANIZATION' AND "organization_id" IS NOT NULL AND "site_id" IS NULL)
    OR ("scope" = 'SITE' AND "organization_id" IS NOT NULL AND "site_id" IS NOT NULL));

ALTER TABLE "user" ADD CONSTRAINT "user_email_check" CHECK ("email" = lower("email"));

ALTER TABLE "audit_seal" ADD CONSTRAINT "audit_seal_number_check" CHECK ("number" > 0);

-- What the sealer has still to chain: written with the entry, so that one which is committed late is only sealed later.
CREATE FUNCTION "queue_for_sealing"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "audit_unsealed" ("entry_id", "chain")
    SELECT "id", coalesce("organization_id", '00000000-0000-0000-0000-000000000000') FROM "new_entries";
  RETURN NULL;
END $$;

CREATE TRIGGER "queue_for_sealing" AFTER INSERT ON "audit_entry" REFERENCING NEW TABLE AS "new_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION "queue_for_sealing"();

INSERT INTO "audit_unsealed" ("entry_id", "chain")
  SELECT "id", coalesce("organization_id", '00000000-0000-0000-0000-000000000000') FROM "audit_entry";
