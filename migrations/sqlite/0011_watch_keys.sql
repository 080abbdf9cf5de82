CREATE TABLE `watch_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`project_id` text NOT NULL,
	`name` text NOT NULL,
	`servers` text,
	`roles` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer,
	`suspended_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `watch_keys_hash` ON `watch_keys` (`hash`);--> statement-breakpoint
CREATE INDEX `watch_keys_of_project` ON `watch_keys` (`project_id`,`created_at`,`id`);--> statement-breakpoint
ALTER TABLE `application_credentials` ADD `access_rules` text;