CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`address` text,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`changes` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `audit_of_subject` ON `audit` (`subject`,`id`);--> statement-breakpoint
CREATE INDEX `audit_of_actor` ON `audit` (`actor`,`id`);--> statement-breakpoint
ALTER TABLE `services` ADD `heard_forced_down_at` integer;