CREATE TABLE "observer_history" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "observer_history_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" bigint NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"code" text COLLATE "C",
	"reason" text COLLATE "C",
	"blind" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "silences" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "silences_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"service_id" bigint NOT NULL,
	"at" bigint NOT NULL,
	"record" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE INDEX "silences_of" ON "silences" USING btree ("service_id","at");