CREATE TABLE "cursor_keys" (
	"id" bigint PRIMARY KEY NOT NULL,
	"key" "bytea" NOT NULL,
	"created_at" bigint NOT NULL,
	"earlier_until" bigint NOT NULL
);
