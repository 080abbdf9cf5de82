CREATE TABLE `log_servers` (
	`id` integer PRIMARY KEY NOT NULL,
	`server_id` text NOT NULL,
	`seq` integer NOT NULL,
	`log_id` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `log_servers_of` ON `log_servers` (`server_id`,`seq`);--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`user_id` text NOT NULL,
	`roles` text NOT NULL,
	`name` text NOT NULL,
	`url` text NOT NULL,
	`format` text NOT NULL,
	`servers` text,
	`host_status` text,
	`secret` text NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`seq` integer NOT NULL,
	`attempts` integer NOT NULL,
	`failing_since` integer,
	`next_attempt_at` integer,
	`last_delivered_at` integer,
	`last_error` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `webhooks_of_project` ON `webhooks` (`project_id`,`created_at`,`id`);