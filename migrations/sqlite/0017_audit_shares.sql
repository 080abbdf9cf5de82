ALTER TABLE `audit` ADD `share` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `audit` ADD `nth` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `audit` SET `nth` = `id`;--> statement-breakpoint
CREATE INDEX `audit_of_share` ON `audit` (`share`,`nth`);