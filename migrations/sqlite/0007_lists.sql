CREATE INDEX `instances_on_host_listed` ON `instances` (`host`,created_at DESC,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `instances_named` ON `instances` (`name`,`id`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `services_facts` ON `services` (`binary`,`forced_down`,`disabled`,`live`,`host`);