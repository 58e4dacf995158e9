-- CreateEnum
CREATE TYPE "ExtensionPointKind" AS ENUM ('HOOK', 'EVENT', 'FILTER', 'MODULE', 'RESOURCE');

-- AlterTable
ALTER TABLE "registry" ALTER COLUMN "storage" SET DEFAULT 'main';

-- AlterTable
ALTER TABLE "plugin" ADD COLUMN     "average_rating" DOUBLE PRECISION NOT NULL DEFAULT 0,
ADD COLUMN     "download_count" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "install_count" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "rating_count" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "package" ADD COLUMN     "deprecated" TEXT,
ADD COLUMN     "download_count" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "install_count" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "publisher_key_id" UUID,
ADD COLUMN     "registry_signature" BYTEA,
ADD COLUMN     "replacement_id" UUID,
ADD COLUMN     "signature" BYTEA,
ADD COLUMN     "signing_key_id" UUID,
ADD COLUMN     "storage" TEXT NOT NULL DEFAULT 'main',
ADD COLUMN     "yank_reason" TEXT,
ADD COLUMN     "yanked_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "review" ADD COLUMN     "granted_permissions" JSONB;

-- AlterTable
ALTER TABLE "organization" ADD COLUMN     "require_signatures" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "submission" (
    "id" UUID NOT NULL,
    "slug" TEXT,
    "version" TEXT,
    "checksum" TEXT,
    "registry_id" UUID,
    "organization_id" UUID,
    "submitter_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "accepted" BOOLEAN NOT NULL,
    "refusal" TEXT,
    "validation" JSONB NOT NULL,
    "package_id" UUID,

    CONSTRAINT "submission_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "publisher_key" (
    "id" UUID NOT NULL,
    "organization_id" UUID,
    "key_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "public_key" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by_id" UUID,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by_id" UUID,
    "revoke_reason" TEXT,

    CONSTRAINT "publisher_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signing_key" (
    "id" UUID NOT NULL,
    "key_id" TEXT NOT NULL,
    "public_key" BYTEA NOT NULL,
    "sealed_key" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "extension_point" (
    "kind" "ExtensionPointKind" NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "payload_schema" JSONB,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "extension_point_pkey" PRIMARY KEY ("kind","name")
);

-- CreateTable
CREATE TABLE "rating" (
    "id" UUID NOT NULL,
    "plugin_id" UUID NOT NULL,
    "package_id" UUID NOT NULL,
    "author_id" UUID NOT NULL,
    "site_id" UUID,
    "rating" INTEGER NOT NULL,
    "comment" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rating_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "submission_submitter_id_id_idx" ON "submission"("submitter_id", "id" DESC);

-- CreateIndex
CREATE INDEX "submission_organization_id_id_idx" ON "submission"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "submission_slug_id_idx" ON "submission"("slug", "id" DESC);

-- CreateIndex
CREATE INDEX "submission_registry_id_idx" ON "submission"("registry_id");

-- CreateIndex
CREATE INDEX "submission_package_id_idx" ON "submission"("package_id");

-- CreateIndex
CREATE INDEX "publisher_key_organization_id_idx" ON "publisher_key"("organization_id");

-- CreateIndex
CREATE UNIQUE INDEX "signing_key_key_id_key" ON "signing_key"("key_id");

-- CreateIndex
CREATE INDEX "rating_plugin_id_id_idx" ON "rating"("plugin_id", "id" DESC);

-- CreateIndex
CREATE INDEX "rating_package_id_idx" ON "rating"("package_id");

-- CreateIndex
CREATE INDEX "rating_author_id_idx" ON "rating"("author_id");

-- CreateIndex
CREATE INDEX "rating_site_id_idx" ON "rating"("site_id");

-- CreateIndex
CREATE UNIQUE INDEX "rating_plugin_id_author_id_key" ON "rating"("plugin_id", "author_id");

-- CreateIndex
CREATE INDEX "plugin_average_rating_id_idx" ON "plugin"("average_rating" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "plugin_install_count_id_idx" ON "plugin"("install_count" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "package_publisher_key_id_idx" ON "package"("publisher_key_id");

-- CreateIndex
CREATE INDEX "package_signing_key_id_idx" ON "package"("signing_key_id");

-- CreateIndex
CREATE INDEX "package_replacement_id_idx" ON "package"("replacement_id");

-- AddForeignKey
ALTER TABLE "package" ADD CONSTRAINT "package_replacement_id_fkey" FOREIGN KEY ("replacement_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "package" ADD CONSTRAINT "package_publisher_key_id_fkey" FOREIGN KEY ("publisher_key_id") REFERENCES "publisher_key"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "package" ADD CONSTRAINT "package_signing_key_id_fkey" FOREIGN KEY ("signing_key_id") REFERENCES "signing_key"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "submission" ADD CONSTRAINT "submission_registry_id_fkey" FOREIGN KEY ("registry_id") REFERENCES "registry"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "submission" ADD CONSTRAINT "submission_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "submission" ADD CONSTRAINT "submission_submitter_id_fkey" FOREIGN KEY ("submitter_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "submission" ADD CONSTRAINT "submission_package_id_fkey" FOREIGN KEY ("package_id") REFERENCES "package"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "publisher_key" ADD CONSTRAINT "publisher_key_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "publisher_key" ADD CONSTRAINT "publisher_key_created_by_id_fkey" FOREIGN KEY ("created_by_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "publisher_key" ADD CONSTRAINT "publisher_key_revoked_by_id_fkey" FOREIGN KEY ("revoked_by_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rating" ADD CONSTRAINT "rating_plugin_id_fkey" FOREIGN KEY ("plugin_id") REFERENCES "plugin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rating" ADD CONSTRAINT "rating_package_id_fkey" FOREIGN KEY ("package_id") REFERENCES "package"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rating" ADD CONSTRAINT "rating_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rating" ADD CONSTRAINT "rating_site_id_fkey" FOREIGN KEY ("site_id") REFERENCES "site"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- A registry's own words for the platform's store no longer say of which kind that is.
UPDATE "registry" SET "storage" = 'main';

-- One key is registered once for each owner; a null organization is the platform.
CREATE UNIQUE INDEX "publisher_key_owner_key" ON "publisher_key" ("organization_id", "key_id") NULLS NOT DISTINCT;

ALTER TABLE "rating" ADD CONSTRAINT "rating_range" CHECK ("rating" BETWEEN 1 AND 5);

-- Search: words by weight (name, keywords, description, author), and beside it trigrams for what was mistyped. The
-- extension is a trusted one: whoever owns the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- array_to_string is not immutable for every type; for text it is.
CREATE FUNCTION "words_of"("words" text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN array_to_string(words, ' ');

ALTER TABLE "plugin"
  ADD COLUMN "search_text" tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple'::regconfig, replace("slug", '-', ' ') || ' ' || "name"), 'A')
    || setweight(to_tsvector('simple'::regconfig, coalesce("words_of"("keywords"), '')), 'B')
    || setweight(to_tsvector('english'::regconfig, "description"), 'C')
    || setweight(to_tsvector('simple'::regconfig, "author"), 'D')
  ) STORED,
  ADD COLUMN "search_name" text GENERATED ALWAYS AS (
    lower("slug" || ' ' || "name" || ' ' || coalesce("words_of"("keywords"), ''))
  ) STORED;

CREATE INDEX "plugin_search_text_idx" ON "plugin" USING gin ("search_text");
CREATE INDEX "plugin_search_name_idx" ON "plugin" USING gin ("search_name" gin_trgm_ops);

-- Plugins that have all the words or their beginnings, ranked above 1, and those where some word stands almost so in slug,
-- name or keywords, ranked below. A word is looked for as it is spelt and by its English stem, since names are kept as
-- spelt and descriptions by stems; one such as `the` counts only where there is no other. Near spellings begin with the
-- longest word, which the fewest have. A function, because of its settings: the threshold of near spellings; a plan for the
-- words at hand, since none is good for rare and for frequent ones; and the indexes, since the planner takes comparing
-- trigrams for as cheap as comparing numbers (10,000 plugins: 60 ms without, 8 ms with them).
CREATE FUNCTION "search_plugins"("words" text[]) RETURNS TABLE ("id" uuid, "rank" double precision)
LANGUAGE plpgsql STABLE SET pg_trgm.word_similarity_threshold = 0.5 SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  kept text[];
  queries tsquery[];
  whole tsquery;
BEGIN
  WITH spelt AS (
    SELECT text, to_tsquery('simple', '''' || text || ''':*') AS simple, to_tsquery('english', '''' || text || ''':*') AS english
    FROM unnest(words) AS w (text)
  )
  SELECT array_agg(text ORDER BY length(text) DESC, text), array_agg(simple || english ORDER BY length(text) DESC, text),
    string_agg('(' || (simple || english)::text || ')', ' & ')::tsquery
  INTO kept, queries, whole FROM spelt
  WHERE numnode(simple) > 0 AND (numnode(english) > 0 OR NOT EXISTS (SELECT FROM spelt WHERE numnode(english) > 0));

  RETURN QUERY SELECT p.id, 1 + ts_rank(p.search_text, whole) + (p.slug = array_to_string(words, '-'))::int
    FROM plugin p WHERE p.search_text @@ whole;
  IF cardinality(kept) = 1 THEN
    RETURN QUERY SELECT p.id, 0.99 * word_similarity(kept[1], p.search_name)
      FROM plugin p WHERE NOT p.search_text @@ whole AND kept[1] <% p.search_name;
  ELSE
    RETURN QUERY SELECT p.id, 0.99 * (
        SELECT avg(CASE WHEN p.search_text @@ w.query THEN 1 ELSE word_similarity(w.text, p.search_name) END)
        FROM unnest(kept, queries) AS w (text, query)
      )
      FROM plugin p
      WHERE NOT p.search_text @@ whole AND (p.search_text @@ queries[1] OR kept[1] <% p.search_name)
        AND NOT EXISTS (
          SELECT FROM unnest(kept, queries) AS w (text, query) WHERE NOT (p.search_text @@ w.query OR w.text <% p.search_name)
        );
  END IF;
END
$$;

-- How often a plugin and each of its packages is installed: right under concurrency, whichever operation changes it.
CREATE FUNCTION "count_installations"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was boolean := TG_OP <> 'INSERT' AND OLD.superseded_by_id IS NULL AND OLD.status IN ('INSTALLED', 'ACTIVE', 'INACTIVE');
  now_is boolean := TG_OP <> 'DELETE' AND NEW.superseded_by_id IS NULL AND NEW.status IN ('INSTALLED', 'ACTIVE', 'INACTIVE');
BEGIN
  IF was AND now_is AND OLD.package_id = NEW.package_id THEN RETURN NULL; END IF;
  IF was THEN
    UPDATE package SET install_count = install_count - 1 WHERE id = OLD.package_id;
    UPDATE plugin SET install_count = install_count - 1 WHERE id = OLD.plugin_id;
  END IF;
  IF now_is THEN
    UPDATE package SET install_count = install_count + 1 WHERE id = NEW.package_id;
    UPDATE plugin SET install_count = install_count + 1 WHERE id = NEW.plugin_id;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER "count_installations" AFTER INSERT OR DELETE OR UPDATE OF "status", "superseded_by_id", "package_id"
  ON "installation" FOR EACH ROW EXECUTE FUNCTION "count_installations"();

UPDATE "package" p SET "install_count" = (SELECT count(*) FROM "installation" i WHERE i.package_id = p.id
  AND i.superseded_by_id IS NULL AND i.status IN ('INSTALLED', 'ACTIVE', 'INACTIVE'));
UPDATE "plugin" p SET "install_count" = (SELECT count(*) FROM "installation" i WHERE i.plugin_id = p.id
  AND i.superseded_by_id IS NULL AND i.status IN ('INSTALLED', 'ACTIVE', 'INACTIVE'));
