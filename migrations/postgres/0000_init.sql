CREATE TABLE "audit" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" bigint NOT NULL,
	"actor" text COLLATE "C" NOT NULL,
	"address" text COLLATE "C",
	"action" text COLLATE "C" NOT NULL,
	"subject" text COLLATE "C" NOT NULL,
	"changes" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "flavors" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"flavor" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instance_actions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "instance_actions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"instance_id" text COLLATE "C" NOT NULL,
	"action" text COLLATE "C" NOT NULL,
	"request_id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"project_id" text COLLATE "C",
	"at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instances" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"project_id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"host" text COLLATE "C",
	"node" text COLLATE "C",
	"vm_state" text COLLATE "C" NOT NULL,
	"task_state" text COLLATE "C",
	"power_state" integer NOT NULL,
	"availability_zone" text COLLATE "C",
	"image_ref" text COLLATE "C" NOT NULL,
	"flavor_id" text COLLATE "C" NOT NULL,
	"locked" boolean NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	"launched_at" bigint,
	"terminated_at" bigint,
	"deleted_at" bigint,
	"placed_at" bigint NOT NULL,
	"status_since" bigint NOT NULL,
	"details" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "last_seen" (
	"service" bigint PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "services" (
	"id" bigint PRIMARY KEY NOT NULL,
	"uuid" text COLLATE "C" NOT NULL,
	"host" text COLLATE "C" NOT NULL,
	"binary" text COLLATE "C" NOT NULL,
	"zone" text COLLATE "C" NOT NULL,
	"disabled" boolean NOT NULL,
	"disabled_reason" text COLLATE "C",
	"forced_down" boolean NOT NULL,
	"forced_down_at" bigint,
	"forced_down_by" text COLLATE "C",
	"forced_down_reason" text COLLATE "C",
	"fence" text COLLATE "C" NOT NULL,
	"live" boolean NOT NULL,
	"last_seen_up" bigint,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	"status_since" bigint NOT NULL,
	"report_interval_ms" bigint,
	"service_down_time_ms" bigint,
	"heard_forced_down_at" bigint,
	"evidence" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "commits" (
	"id" bigint PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"node" integer NOT NULL,
	"nonce" bigint NOT NULL,
	"log_up_to" bigint NOT NULL,
	"services" text COLLATE "C",
	"removed" text COLLATE "C",
	"touched" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "head" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"head" bigint NOT NULL,
	"fence" bigint NOT NULL,
	"next_service_id" bigint NOT NULL,
	"entry" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "history_place" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"up_to" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lineage" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "lineage_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"entry" bigint NOT NULL,
	"at" bigint NOT NULL,
	"head" bigint NOT NULL,
	"why" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log" (
	"id" bigint PRIMARY KEY NOT NULL,
	"commit" bigint NOT NULL,
	"stream" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"at" bigint NOT NULL,
	"items" text COLLATE "C" NOT NULL,
	"entry" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_servers" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "log_servers_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"server_id" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"log_id" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "meta" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"epoch" text COLLATE "C" NOT NULL,
	"signing_key" "bytea" NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "nodes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"name" text COLLATE "C" NOT NULL,
	"version" text COLLATE "C" NOT NULL,
	"started_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "streams" (
	"name" text COLLATE "C" PRIMARY KEY NOT NULL,
	"head" bigint NOT NULL,
	"floor" bigint NOT NULL,
	"entry" bigint DEFAULT 0 NOT NULL,
	"floor_entry" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "agent_tokens" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"label" text COLLATE "C" NOT NULL,
	"hosts" text NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint
);
--> statement-breakpoint
CREATE TABLE "application_credentials" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"project_id" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"description" text COLLATE "C",
	"role_ids" text NOT NULL,
	"unrestricted" boolean NOT NULL,
	"secret_hash" text COLLATE "C" NOT NULL,
	"expires_at" bigint
);
--> statement-breakpoint
CREATE TABLE "assignments" (
	"user_id" text COLLATE "C" NOT NULL,
	"role_id" text COLLATE "C" NOT NULL,
	"scope" text COLLATE "C" NOT NULL,
	"target" text COLLATE "C" NOT NULL,
	CONSTRAINT "assignments_user_id_role_id_scope_target_pk" PRIMARY KEY("user_id","role_id","scope","target")
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"description" text COLLATE "C" NOT NULL,
	"enabled" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "roles" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"description" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"hash" text COLLATE "C" PRIMARY KEY NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"scope" text COLLATE "C",
	"target" text COLLATE "C" NOT NULL,
	"methods" text NOT NULL,
	"audit_ids" text NOT NULL,
	"application_credential_id" text COLLATE "C",
	"issued_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"description" text COLLATE "C",
	"email" text COLLATE "C",
	"enabled" boolean NOT NULL,
	"default_project_id" text COLLATE "C",
	"password_hash" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"project_id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"roles" text NOT NULL,
	"credential_id" text COLLATE "C",
	"name" text COLLATE "C" NOT NULL,
	"url" text COLLATE "C" NOT NULL,
	"format" text COLLATE "C" NOT NULL,
	"servers" text,
	"host_status" text,
	"secret" text COLLATE "C" NOT NULL,
	"old_secret" text COLLATE "C",
	"old_secret_until" bigint,
	"state" text COLLATE "C" NOT NULL,
	"reason" text COLLATE "C",
	"seq" bigint NOT NULL,
	"attempts" integer NOT NULL,
	"failing_since" bigint,
	"next_attempt_at" bigint,
	"last_delivered_at" bigint,
	"last_error" text COLLATE "C",
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "application_credentials" ADD CONSTRAINT "application_credentials_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "application_credentials" ADD CONSTRAINT "application_credentials_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_role_id_roles_id_fk" FOREIGN KEY ("role_id") REFERENCES "roles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_application_credential_id_application_credentials_id_fk" FOREIGN KEY ("application_credential_id") REFERENCES "application_credentials"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "audit_of_subject" ON "audit" USING btree ("subject","id");--> statement-breakpoint
CREATE INDEX "audit_of_actor" ON "audit" USING btree ("actor","id");--> statement-breakpoint
CREATE INDEX "instance_actions_of" ON "instance_actions" USING btree ("instance_id","id");--> statement-breakpoint
CREATE INDEX "instances_on_host" ON "instances" USING btree ("host","project_id","id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_on_host_listed" ON "instances" USING btree ("host","created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_of_project" ON "instances" USING btree ("project_id","id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_listed" ON "instances" USING btree ("created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_of_project_listed" ON "instances" USING btree ("project_id","created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_named" ON "instances" USING btree ("name","id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_of_project_named" ON "instances" USING btree ("project_id","name","id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_in_state" ON "instances" USING btree ("vm_state","created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_of_project_in_state" ON "instances" USING btree ("project_id","vm_state","created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_of_flavor_listed" ON "instances" USING btree ("flavor_id","created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_of_project_of_flavor" ON "instances" USING btree ("project_id","flavor_id","created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_of_image" ON "instances" USING btree ("image_ref","created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_of_project_of_image" ON "instances" USING btree ("project_id","image_ref","created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX "instances_changed" ON "instances" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "instances_of_project_changed" ON "instances" USING btree ("project_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "instances_deleted" ON "instances" USING btree ("project_id","created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "instances_deleted_listed" ON "instances" USING btree ("created_at" DESC NULLS FIRST,"id") WHERE deleted_at IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "services_host_binary" ON "services" USING btree ("host","binary");--> statement-breakpoint
CREATE UNIQUE INDEX "services_uuid" ON "services" USING btree ("uuid");--> statement-breakpoint
CREATE INDEX "services_facts" ON "services" USING btree ("binary","forced_down","disabled","live","host");--> statement-breakpoint
CREATE UNIQUE INDEX "commits_nonce" ON "commits" USING btree ("node","nonce");--> statement-breakpoint
CREATE UNIQUE INDEX "log_stream_seq" ON "log" USING btree ("stream","seq");--> statement-breakpoint
CREATE INDEX "log_servers_of" ON "log_servers" USING btree ("server_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "agent_tokens_hash" ON "agent_tokens" USING btree ("hash");--> statement-breakpoint
CREATE UNIQUE INDEX "application_credentials_user_name" ON "application_credentials" USING btree ("user_id","name");--> statement-breakpoint
CREATE INDEX "assignments_on" ON "assignments" USING btree ("scope","target");--> statement-breakpoint
CREATE UNIQUE INDEX "projects_name" ON "projects" USING btree ("name");--> statement-breakpoint
CREATE UNIQUE INDEX "roles_name" ON "roles" USING btree ("name");--> statement-breakpoint
CREATE INDEX "tokens_of_user" ON "tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "tokens_on" ON "tokens" USING btree ("scope","target");--> statement-breakpoint
CREATE INDEX "tokens_expiring" ON "tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "tokens_of_credential" ON "tokens" USING btree ("application_credential_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_name" ON "users" USING btree ("name");--> statement-breakpoint
CREATE INDEX "webhooks_of_project" ON "webhooks" USING btree ("project_id","created_at","id");