CREATE TABLE `cursor_keys` (
	`id` integer PRIMARY KEY NOT NULL,
	`key` blob NOT NULL,
	`created_at` integer NOT NULL,
	`earlier_until` integer NOT NULL
) STRICT;
