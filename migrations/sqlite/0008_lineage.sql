CREATE TABLE `lineage` (
	`id` integer PRIMARY KEY NOT NULL,
	`entry` integer NOT NULL,
	`at` integer NOT NULL,
	`head` integer NOT NULL,
	`why` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `drills` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`user_id` text NOT NULL,
	`servers` text NOT NULL,
	`status` text NOT NULL,
	`started_at` integer NOT NULL,
	`ends_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `drills_of_project` ON `drills` (`project_id`);--> statement-breakpoint
ALTER TABLE `log` ADD `entry` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `services` ADD `evidence` text;--> statement-breakpoint
ALTER TABLE `streams` ADD `entry` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `streams` ADD `floor_entry` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `webhooks` ADD `old_secret` text;--> statement-breakpoint
ALTER TABLE `webhooks` ADD `old_secret_until` integer;