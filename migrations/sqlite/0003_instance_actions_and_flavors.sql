CREATE TABLE `flavors` (
	`id` text PRIMARY KEY NOT NULL,
	`flavor` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `instance_actions` (
	`id` integer PRIMARY KEY NOT NULL,
	`instance_id` text NOT NULL,
	`action` text NOT NULL,
	`request_id` text NOT NULL,
	`user_id` text NOT NULL,
	`project_id` text,
	`at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `instance_actions_of` ON `instance_actions` (`instance_id`,`id`);--> statement-breakpoint
CREATE INDEX `instances_of_flavor` ON `instances` (`flavor_id`,`project_id`) WHERE deleted_at IS NULL;