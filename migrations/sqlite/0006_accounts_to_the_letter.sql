ALTER TABLE `roles` ADD `description` text;--> statement-breakpoint
UPDATE `application_credentials` SET `expires_at` = `expires_at` * 1000;
