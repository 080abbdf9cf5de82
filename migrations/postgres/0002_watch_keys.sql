CREATE TABLE "watch_keys" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"project_id" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"servers" text,
	"roles" text NOT NULL,
	"created_by" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint,
	"last_used_at" bigint,
	"suspended_at" bigint
);
--> statement-breakpoint
ALTER TABLE "application_credentials" ADD COLUMN "access_rules" text;--> statement-breakpoint
CREATE UNIQUE INDEX "watch_keys_hash" ON "watch_keys" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "watch_keys_of_project" ON "watch_keys" USING btree ("project_id","created_at","id");