ALTER TABLE "audit" ADD COLUMN "share" text COLLATE "C" DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "nth" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE "audit" SET "nth" = "id";--> statement-breakpoint
CREATE INDEX "audit_of_share" ON "audit" USING btree ("share","nth");