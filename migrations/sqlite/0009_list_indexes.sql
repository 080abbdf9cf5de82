DROP INDEX `instances_of_flavor`;--> statement-breakpoint
CREATE INDEX `instances_of_project_named` ON `instances` (`project_id`,`name`,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_in_state` ON `instances` (`vm_state`,created_at DESC,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_of_project_in_state` ON `instances` (`project_id`,`vm_state`,created_at DESC,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_of_flavor_listed` ON `instances` (`flavor_id`,created_at DESC,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_of_project_of_flavor` ON `instances` (`project_id`,`flavor_id`,created_at DESC,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_of_image` ON `instances` (`image_ref`,created_at DESC,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_of_project_of_image` ON `instances` (`project_id`,`image_ref`,created_at DESC,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_deleted_listed` ON `instances` (created_at DESC,`id`) WHERE deleted_at IS NOT NULL;