-- CreateEnum
CREATE TYPE "DeliveryStatus" AS ENUM ('PENDING', 'DELIVERED', 'FAILED', 'DEAD');

-- AlterTable
ALTER TABLE "secret" ADD COLUMN     "previous_sealed" BYTEA,
ADD COLUMN     "previous_until" TIMESTAMPTZ(3),
ALTER COLUMN "plugin_id" DROP NOT NULL;

-- AlterTable
ALTER TABLE "invocation" ADD COLUMN     "bytes_out" DOUBLE PRECISION NOT NULL DEFAULT 0,
ADD COLUMN     "host_calls" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "requests" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "idempotency_key" ADD COLUMN     "changed" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "ended" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "package" ADD COLUMN     "has_health" BOOLEAN;

-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "told_health" "HealthStatus",
ADD COLUMN     "health_due_at" TIMESTAMPTZ(3);

-- What runs is asked once, by which it is known who has a handler.
UPDATE "installation" SET "health_due_at" = now() WHERE "status" = 'ACTIVE';

-- CreateIndex
CREATE INDEX "installation_health_due_at_idx" ON "installation"("health_due_at");

-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "told_active" BOOLEAN NOT NULL DEFAULT false;

-- What runs was told so.
UPDATE "installation" SET "told_active" = "installation"."organization_enabled" AND "plugin"."enabled"
  FROM "plugin" WHERE "plugin"."id" = "installation"."plugin_id" AND "installation"."status" = 'ACTIVE';

-- AlterTable
ALTER TABLE "service_process" ADD COLUMN     "gauges" JSONB,
ADD COLUMN     "master_key_ids" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "package" ADD COLUMN     "webhooks" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "membership" ADD COLUMN     "accepted" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "webhook" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "plugin_id" UUID,
    "site_id" UUID,
    "installation_id" UUID,
    "name" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "events" TEXT[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "disabled_reason" TEXT,
    "failing_since" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_delivery" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "repeats_id" UUID,
    "status" "DeliveryStatus" NOT NULL,
    "body" TEXT,
    "attempts" JSONB NOT NULL DEFAULT '[]',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "changed_xid" xid8,

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_delivery" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "installation_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "status" "DeliveryStatus" NOT NULL,
    "attempts" INTEGER NOT NULL,
    "error" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "event_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "circuit" (
    "installation_id" UUID NOT NULL,
    "failures" INTEGER NOT NULL,
    "failing_since" TIMESTAMPTZ(3) NOT NULL,
    "open_until" TIMESTAMPTZ(3),
    "trial_until" TIMESTAMPTZ(3),

    CONSTRAINT "circuit_pkey" PRIMARY KEY ("installation_id")
);

-- CreateTable
CREATE TABLE "rate_limit" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "rate_limit_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "invocation_finish" (
    "installation_id" UUID NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "invocation_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
) PARTITION BY RANGE ("at");

-- CreateTable
CREATE TABLE "invocation_minute" (
    "installation_id" UUID NOT NULL,
    "minute" TIMESTAMPTZ(3) NOT NULL,
    "version" TEXT NOT NULL,
    "organization_id" UUID NOT NULL,
    "site_id" UUID NOT NULL,
    "invocations" INTEGER NOT NULL,
    "errors" INTEGER NOT NULL,
    "timeouts" INTEGER NOT NULL,
    "denied" INTEGER NOT NULL,
    "crashed" INTEGER NOT NULL,
    "out_of_memory" INTEGER NOT NULL,
    "duration_ms" DOUBLE PRECISION NOT NULL,
    "cpu_ms" DOUBLE PRECISION NOT NULL,
    "heap_used" DOUBLE PRECISION NOT NULL,
    "host_calls" INTEGER NOT NULL,
    "bytes_out" DOUBLE PRECISION NOT NULL,
    "log_lines" INTEGER NOT NULL,
    "buckets" INTEGER[],

    CONSTRAINT "invocation_minute_pkey" PRIMARY KEY ("installation_id","minute","version")
);

-- CreateTable
CREATE TABLE "health_hour" (
    "installation_id" UUID NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "organization_id" UUID NOT NULL,
    "samples" INTEGER NOT NULL,
    "status" "HealthStatus" NOT NULL,
    "error_count" INTEGER NOT NULL,
    "warning_count" INTEGER NOT NULL,
    "avg_execution_time" DOUBLE PRECISION,
    "memory_usage" DOUBLE PRECISION,
    "cpu_usage" DOUBLE PRECISION,
    "invocations" INTEGER NOT NULL,

    CONSTRAINT "health_hour_pkey" PRIMARY KEY ("installation_id","hour")
);

-- CreateTable
CREATE TABLE "plugin_storage" (
    "organization_id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "files" INTEGER NOT NULL DEFAULT 0,
    "file_bytes" INTEGER NOT NULL DEFAULT 0,
    "documents" INTEGER NOT NULL DEFAULT 0,
    "document_bytes" INTEGER NOT NULL DEFAULT 0,
    "keyed" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "plugin_storage_pkey" PRIMARY KEY ("organization_id","plugin_id")
);

-- CreateTable
CREATE TABLE "plugin_file" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "path" TEXT COLLATE "C" NOT NULL,
    "digest" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "plugin_file_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "collection_document" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "collection" TEXT NOT NULL,
    "document" JSON NOT NULL,
    "version" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "collection_document_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "collection_key" (
    "document_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "collection" TEXT NOT NULL,
    "field" TEXT NOT NULL,
    "value" TEXT COLLATE "C" NOT NULL,
    "is_unique" BOOLEAN NOT NULL,

    CONSTRAINT "collection_key_pkey" PRIMARY KEY ("document_id","field")
);

-- CreateTable
CREATE TABLE "llm_usage" (
    "installation_id" UUID NOT NULL,
    "day" TIMESTAMPTZ(3) NOT NULL,
    "calls" INTEGER NOT NULL,
    "prompt_tokens" INTEGER NOT NULL,
    "completion_tokens" INTEGER NOT NULL,

    CONSTRAINT "llm_usage_pkey" PRIMARY KEY ("installation_id","day")
);

-- CreateIndex
CREATE INDEX "webhook_organization_id_id_idx" ON "webhook"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "webhook_installation_id_id_idx" ON "webhook"("installation_id", "id" DESC);

-- CreateIndex
CREATE INDEX "webhook_plugin_id_idx" ON "webhook"("plugin_id");

-- CreateIndex
CREATE INDEX "webhook_delivery_webhook_id_id_idx" ON "webhook_delivery"("webhook_id", "id" DESC);

-- CreateIndex
CREATE INDEX "webhook_delivery_organization_id_id_idx" ON "webhook_delivery"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "webhook_delivery_event_id_idx" ON "webhook_delivery"("event_id");

-- CreateIndex
CREATE INDEX "webhook_delivery_status_next_attempt_at_idx" ON "webhook_delivery"("status", "next_attempt_at");

-- CreateIndex
CREATE INDEX "webhook_delivery_created_at_idx" ON "webhook_delivery"("created_at");

-- CreateIndex
CREATE INDEX "webhook_delivery_changed_xid_idx" ON "webhook_delivery"("changed_xid");

-- CreateIndex
CREATE INDEX "event_delivery_organization_id_status_id_idx" ON "event_delivery"("organization_id", "status", "id" DESC);

-- CreateIndex
CREATE INDEX "event_delivery_installation_id_id_idx" ON "event_delivery"("installation_id", "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "event_delivery_event_id_installation_id_key" ON "event_delivery"("event_id", "installation_id");

-- CreateIndex
CREATE INDEX "invocation_finish_installation_id_xid_invocation_id_idx" ON "invocation_finish"("installation_id", "xid", "invocation_id");

-- CreateIndex
CREATE INDEX "invocation_minute_organization_id_minute_idx" ON "invocation_minute"("organization_id", "minute");

-- CreateIndex
CREATE INDEX "invocation_minute_minute_idx" ON "invocation_minute"("minute");

-- CreateIndex
CREATE INDEX "health_hour_hour_idx" ON "health_hour"("hour");

-- CreateIndex
CREATE INDEX "plugin_storage_plugin_id_idx" ON "plugin_storage"("plugin_id");

-- CreateIndex
CREATE INDEX "plugin_file_plugin_id_idx" ON "plugin_file"("plugin_id");

-- CreateIndex
CREATE INDEX "plugin_file_digest_idx" ON "plugin_file"("digest");

-- CreateIndex
CREATE UNIQUE INDEX "plugin_file_organization_id_plugin_id_path_key" ON "plugin_file"("organization_id", "plugin_id", "path");

-- CreateIndex
CREATE INDEX "collection_document_organization_id_plugin_id_collection_id_idx" ON "collection_document"("organization_id", "plugin_id", "collection", "id");

-- CreateIndex
CREATE INDEX "collection_document_plugin_id_idx" ON "collection_document"("plugin_id");

-- CreateIndex
CREATE INDEX "collection_key_organization_id_plugin_id_collection_field_v_idx" ON "collection_key"("organization_id", "plugin_id", "collection", "field", "value", "document_id");

-- AddForeignKey
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_installation_id_fkey" FOREIGN KEY ("installation_id") REFERENCES "installation"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "event_delivery" ADD CONSTRAINT "event_delivery_installation_id_fkey" FOREIGN KEY ("installation_id") REFERENCES "installation"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "circuit" ADD CONSTRAINT "circuit_installation_id_fkey" FOREIGN KEY ("installation_id") REFERENCES "installation"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plugin_storage" ADD CONSTRAINT "plugin_storage_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plugin_storage" ADD CONSTRAINT "plugin_storage_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plugin_file" ADD CONSTRAINT "plugin_file_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plugin_file" ADD CONSTRAINT "plugin_file_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "collection_document" ADD CONSTRAINT "collection_document_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "collection_document" ADD CONSTRAINT "collection_document_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "collection_key" ADD CONSTRAINT "collection_key_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "collection_document"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "llm_usage" ADD CONSTRAINT "llm_usage_installation_id_fkey" FOREIGN KEY ("installation_id") REFERENCES "installation"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- One name a plugin's webhook has at a site, and one an organization's own.
CREATE UNIQUE INDEX "webhook_owner_name" ON "webhook" ("organization_id", "plugin_id", "site_id", "name") NULLS NOT DISTINCT;

-- However often the outbox is read, an event goes to a webhook once.
CREATE UNIQUE INDEX "webhook_delivery_once" ON "webhook_delivery" ("webhook_id", "event_id") WHERE "repeats_id" IS NULL;

-- Fields that a collection declares as unique.
CREATE UNIQUE INDEX "collection_key_unique" ON "collection_key" ("organization_id", "plugin_id", "collection", "field", "value")
  WHERE "is_unique";

-- Runs of a job, the newest first, among however many other calls of the installation.
CREATE INDEX "invocation_job_idx" ON "invocation" ("installation_id", "name", "id" DESC) WHERE "kind" = 'JOB';

-- Jobs that wait or run: no two runs of one at once.
CREATE INDEX "invocation_unended_job_idx" ON "invocation" ("site_id", "name") WHERE "kind" = 'JOB' AND "status" <> 'FINISHED';

-- What has finished, for those who follow an installation: written with the finish itself, whoever writes that. A column and
-- an index of "invocation" would take the heap-only updates from it, and with them half of the calls a second.
CREATE TABLE "invocation_finish_default" PARTITION OF "invocation_finish" DEFAULT;

CREATE FUNCTION "note_finished_invocation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "invocation_finish" ("installation_id", "invocation_id") VALUES (NEW."installation_id", NEW."id");
  RETURN NULL;
END
$$;

CREATE TRIGGER "invocation_finished" AFTER INSERT OR UPDATE OF "status" ON "invocation"
  FOR EACH ROW WHEN (NEW."status" = 'FINISHED') EXECUTE FUNCTION "note_finished_invocation"();

-- The same as before, with one more table. By the time of the row, where a row is no node.
CREATE OR REPLACE FUNCTION "ensure_partitions"("first" date, "days" int) RETURNS int LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
    FOREACH name IN ARRAY ARRAY['event', 'invocation', 'invocation_finish', 'health_sample'] LOOP
      CONTINUE WHEN to_regclass(format('%I', name || '_' || to_char(day, 'YYYYMMDD'))) IS NOT NULL;
      IF name IN ('invocation_finish', 'health_sample') THEN
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

CREATE OR REPLACE FUNCTION "drop_partitions"("parent" text, "before" date) RETURNS int LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  child text;
  dropped int := 0;
BEGIN
  IF parent NOT IN ('event', 'invocation', 'invocation_finish', 'health_sample') THEN
    RAISE EXCEPTION 'the table % is not kept by the day', parent;
  END IF;
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

-- What became of a delivery, for those who follow them: its row, with the transaction of its last attempt.
CREATE FUNCTION "note_changed_delivery"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."changed_xid" := pg_current_xact_id();
  RETURN NEW;
END
$$;

CREATE TRIGGER "webhook_delivery_changed" BEFORE UPDATE ON "webhook_delivery"
  FOR EACH ROW WHEN (OLD."status" <> NEW."status" OR OLD."attempts" <> NEW."attempts") EXECUTE FUNCTION "note_changed_delivery"();
