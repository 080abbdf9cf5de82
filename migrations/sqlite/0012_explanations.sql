CREATE TABLE `observer_history` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`state` text NOT NULL,
	`code` text,
	`reason` text,
	`blind` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `silences` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`service_id` integer NOT NULL,
	`at` integer NOT NULL,
	`record` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `silences_of` ON `silences` (`service_id`,`at`);