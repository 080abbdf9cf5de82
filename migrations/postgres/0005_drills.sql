CREATE TABLE "drills" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"project_id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"servers" text NOT NULL,
	"status" text COLLATE "C" NOT NULL,
	"started_at" bigint NOT NULL,
	"ends_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "watch_keys" ADD COLUMN "may_drill" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "drills_of_project" ON "drills" USING btree ("project_id");