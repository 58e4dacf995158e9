-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "dear_healths" INTEGER NOT NULL DEFAULT 0;
