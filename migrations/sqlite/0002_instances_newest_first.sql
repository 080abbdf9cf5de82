DROP INDEX `instances_listed`;--> statement-breakpoint
DROP INDEX `instances_of_project_listed`;--> statement-breakpoint
DROP INDEX `instances_deleted`;--> statement-breakpoint
CREATE INDEX `instances_listed` ON `instances` (created_at DESC,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_of_project_listed` ON `instances` (`project_id`,created_at DESC,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_deleted` ON `instances` (`project_id`,created_at DESC,`id`) WHERE deleted_at IS NOT NULL;