CREATE TABLE `instances` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`host` text,
	`node` text,
	`vm_state` text NOT NULL,
	`task_state` text,
	`power_state` integer NOT NULL,
	`availability_zone` text,
	`image_ref` text NOT NULL,
	`flavor_id` text NOT NULL,
	`locked` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`launched_at` integer,
	`terminated_at` integer,
	`deleted_at` integer,
	`placed_at` integer NOT NULL,
	`status_since` integer NOT NULL,
	`details` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `instances_on_host` ON `instances` (`host`,`project_id`,`id`,`name`,`deleted_at`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_of_project` ON `instances` (`project_id`,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_listed` ON `instances` (`created_at`,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_of_project_listed` ON `instances` (`project_id`,`created_at`,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_changed` ON `instances` (`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `instances_of_project_changed` ON `instances` (`project_id`,`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `instances_deleted` ON `instances` (`project_id`,`created_at`,`id`) WHERE deleted_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `log` (
	`id` integer PRIMARY KEY NOT NULL,
	`stream` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`items` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `log_stream_seq` ON `log` (`stream`,`seq`);--> statement-breakpoint
CREATE TABLE `meta` (
	`id` integer PRIMARY KEY NOT NULL,
	`epoch` text NOT NULL,
	`signing_key` blob NOT NULL,
	`created_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `services` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`host` text NOT NULL,
	`binary` text NOT NULL,
	`zone` text NOT NULL,
	`disabled` integer NOT NULL,
	`disabled_reason` text,
	`forced_down` integer NOT NULL,
	`forced_down_at` integer,
	`forced_down_by` text,
	`forced_down_reason` text,
	`fence` text NOT NULL,
	`live` integer NOT NULL,
	`last_seen_up` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`status_since` integer NOT NULL,
	`report_interval_ms` integer,
	`service_down_time_ms` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `services_host_binary` ON `services` (`host`,`binary`);--> statement-breakpoint
CREATE UNIQUE INDEX `services_uuid` ON `services` (`uuid`);--> statement-breakpoint
CREATE TABLE `streams` (
	`name` text PRIMARY KEY NOT NULL,
	`head` integer NOT NULL,
	`floor` integer NOT NULL
) STRICT;
