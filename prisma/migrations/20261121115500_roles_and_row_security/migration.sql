-- Who may do what in the database. What names roles (grants, and the policies of the role that serves) is made at the start of
-- the service, by src/platform/role-statements.ts, since each cluster has its own.

-- Partitions are made and dropped by a role that owns none: these two run as their owner.
ALTER FUNCTION "ensure_partitions"(date, int) SECURITY DEFINER SET search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION "drop_partitions"("parent" text, "before" date) RETURNS int LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  child text;
  dropped int := 0;
BEGIN
  IF parent NOT IN ('event', 'invocation', 'health_sample') THEN
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

-- Both functions are whoever's asks until the start of the service says whose: never anybody's.
REVOKE EXECUTE ON FUNCTION "ensure_partitions"(date, int), "drop_partitions"(text, date) FROM PUBLIC;

-- What SQL of plugins may read. It comes in by a login role of its own, and says for which organization by a proof that only
-- the service can make: a bare setting would be changed by the very SQL that it is to bound.
CREATE SCHEMA "plugin_guard";

-- HMAC-SHA-256 (RFC 2104) needs the key in these two forms only: 64 bytes each, filled up with zeros, then XOR 0x36 and 0x5c.
CREATE TABLE "plugin_guard"."proof_key" (
  "id" int PRIMARY KEY CHECK ("id" = 1),
  "inner_key" bytea NOT NULL CHECK (length("inner_key") = 64),
  "outer_key" bytea NOT NULL CHECK (length("outer_key") = 64)
);

-- The organization of this transaction, or null where nothing proves one. `patchbay.proof` is `organization.lifetime.hmac`, of
-- which the HMAC is over `organization.lifetime.pid.epoch`: a proof is good for this session and this transaction only, and for
-- that many milliseconds from its beginning. The two hashes are hashed once more, so that comparing them tells nothing.
-- Restricted, not unsafe: else no query on these tables would run in parallel, for nobody.
CREATE FUNCTION "plugin_guard"."organization"() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  proof text := current_setting('patchbay.proof', true);
  part text[];
  told text;
  expected bytea;
BEGIN
  IF proof IS NULL OR proof !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[0-9]{1,6}\.[0-9a-f]{64}$' THEN
    RETURN NULL;
  END IF;
  part := string_to_array(proof, '.');
  told := part[1] || '.' || part[2] || '.' || pg_backend_pid() || '.' || extract(epoch FROM transaction_timestamp());
  SELECT sha256(outer_key || sha256(inner_key || convert_to(told, 'UTF8'))) INTO expected FROM plugin_guard.proof_key;
  IF expected IS NULL OR sha256(expected) <> sha256(decode(part[3], 'hex')) THEN
    RETURN NULL;
  END IF;
  IF clock_timestamp() > transaction_timestamp() + part[2]::int * interval '1 millisecond' THEN
    RETURN NULL;
  END IF;
  RETURN part[1]::uuid;
END
$$;
REVOKE EXECUTE ON FUNCTION "plugin_guard"."organization"() FROM PUBLIC;

-- Forced, so that it binds owners too; the database's owner, who migrates and dumps, is let through by name. A policy that is
-- plainly true costs its role nothing: the planner drops it, and with it the others.
ALTER TABLE "organization" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "site" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "installation" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "plugin" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "package" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY "owner" ON "organization" TO pg_database_owner USING (true) WITH CHECK (true);
CREATE POLICY "owner" ON "site" TO pg_database_owner USING (true) WITH CHECK (true);
CREATE POLICY "owner" ON "installation" TO pg_database_owner USING (true) WITH CHECK (true);
CREATE POLICY "owner" ON "plugin" TO pg_database_owner USING (true) WITH CHECK (true);
CREATE POLICY "owner" ON "package" TO pg_database_owner USING (true) WITH CHECK (true);

-- Asked once a statement, not once a row: hence the SELECT around it.
CREATE POLICY "proven" ON "organization" FOR SELECT USING ("id" = (SELECT "plugin_guard"."organization"()));
CREATE POLICY "proven" ON "site" FOR SELECT USING ("organization_id" = (SELECT "plugin_guard"."organization"()));
CREATE POLICY "proven" ON "installation" FOR SELECT USING ("organization_id" = (SELECT "plugin_guard"."organization"()));
-- The registry is shared: of it one sees what the organization has, or had.
CREATE POLICY "proven" ON "plugin" FOR SELECT USING (
  "id" IN (SELECT i."plugin_id" FROM "installation" i WHERE i."organization_id" = (SELECT "plugin_guard"."organization"())));
CREATE POLICY "proven" ON "package" FOR SELECT USING (
  "id" IN (SELECT i."package_id" FROM "installation" i WHERE i."organization_id" = (SELECT "plugin_guard"."organization"())));

-- What docs/plugin-data.md promises. These views ask as whoever asks them, so that row-level security is his.
CREATE SCHEMA "plugin_api";

CREATE VIEW "plugin_api"."organization" WITH (security_invoker = true, security_barrier = true) AS
  SELECT "id", "slug", "name" FROM public."organization";

CREATE VIEW "plugin_api"."site" WITH (security_invoker = true, security_barrier = true) AS
  SELECT "id", "slug", "name", "host_version", "labels", "created_at" FROM public."site";

CREATE VIEW "plugin_api"."installation" WITH (security_invoker = true, security_barrier = true) AS
  SELECT i."id", i."site_id", p."slug" AS "plugin", k."version", i."status"::text AS "status",
    i."superseded_by_id" IS NULL AND i."in_force" AND i."status" <> 'UNINSTALLED' AS "current",
    i."installed_at", i."activated_at", i."deactivated_at", i."uninstalled_at"
  FROM public."installation" i JOIN public."plugin" p ON p."id" = i."plugin_id" JOIN public."package" k ON k."id" = i."package_id";

CREATE VIEW "plugin_api"."health" WITH (security_invoker = true, security_barrier = true) AS
  SELECT i."id" AS "installation_id", i."site_id", p."slug" AS "plugin", i."health_status"::text AS "status",
    i."error_count", i."last_seen_at"
  FROM public."installation" i JOIN public."plugin" p ON p."id" = i."plugin_id"
  WHERE i."superseded_by_id" IS NULL AND i."in_force" AND i."status" <> 'UNINSTALLED';

CREATE VIEW "plugin_api"."plugin" WITH (security_invoker = true, security_barrier = true) AS
  SELECT "id", "slug", "name", "description", "type"::text AS "type", "author" FROM public."plugin";
