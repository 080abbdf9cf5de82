CREATE TABLE "leases" (
	"name" text COLLATE "C" PRIMARY KEY NOT NULL,
	"holder" bigint,
	"epoch" bigint NOT NULL,
	"beat" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tickets" (
	"hash" text COLLATE "C" PRIMARY KEY NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"project_id" text COLLATE "C",
	"identity" text COLLATE "C" NOT NULL,
	"issued_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL
);
