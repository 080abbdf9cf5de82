CREATE TABLE `agent_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`label` text NOT NULL,
	`hosts` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `agent_tokens_hash` ON `agent_tokens` (`hash`);--> statement-breakpoint
CREATE TABLE `application_credentials` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`project_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`role_ids` text NOT NULL,
	`unrestricted` integer NOT NULL,
	`secret_hash` text NOT NULL,
	`expires_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `application_credentials_user_name` ON `application_credentials` (`user_id`,`name`);--> statement-breakpoint
CREATE TABLE `assignments` (
	`user_id` text NOT NULL,
	`role_id` text NOT NULL,
	`scope` text NOT NULL,
	`target` text NOT NULL,
	PRIMARY KEY(`user_id`, `role_id`, `scope`, `target`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`role_id`) REFERENCES `roles`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `assignments_on` ON `assignments` (`scope`,`target`);--> statement-breakpoint
CREATE TABLE `projects` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`enabled` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `projects_name` ON `projects` (`name`);--> statement-breakpoint
CREATE TABLE `roles` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `roles_name` ON `roles` (`name`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`scope` text,
	`target` text NOT NULL,
	`methods` text NOT NULL,
	`audit_ids` text NOT NULL,
	`application_credential_id` text,
	`issued_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`application_credential_id`) REFERENCES `application_credentials`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `tokens_of_user` ON `tokens` (`user_id`);--> statement-breakpoint
CREATE INDEX `tokens_on` ON `tokens` (`scope`,`target`);--> statement-breakpoint
CREATE INDEX `tokens_expiring` ON `tokens` (`expires_at`);--> statement-breakpoint
CREATE INDEX `tokens_of_credential` ON `tokens` (`application_credential_id`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`email` text,
	`enabled` integer NOT NULL,
	`default_project_id` text,
	`password_hash` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `users_name` ON `users` (`name`);