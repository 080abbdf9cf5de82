BEGIN TRANSACTION;
CREATE TABLE "__drizzle_migrations" (
				id SERIAL PRIMARY KEY,
				hash text NOT NULL,
				created_at numeric
			);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'f247eafea1e4841a0f4b0c420a78cd75f2fea629d1552bf0f1de1d89cce54bab',1795359670003);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'c665ad4a2ba057a6121fbf5de1fc1930dcf7865c198b50502805bbeac701dac9',1795360069628);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'88ea2c461ba8e56ce5242cb3c8e41ee0cd634bcc2d1dd4819c7336420a433127',1795361634768);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'4e751630f61d0538e906c02a72ebfb48b5cd174065a0996101fb0a852aa3412c',1795363496535);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'468097cb67f33642681ec55cb2ceeb3927fd3511be532207991561aa7d447cb3',1795364067876);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'17b1b0bbe52c2f08e4712cde6365f337e18f646058e74497cba1b4474e712996',1795364865838);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'68ecca4af2f25124ce45ad938c95f86efa177b70747c886b378ca29d9d6a76b6',1795372589531);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'88b1a5f3519a02ec29828c4b0ac1aac1f4ce4da60801f6604ee1d4935fb62a24',1795373962829);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'fa4741929f1a16a6ecf8351a9ac7ea21b29e744046c820399be6d40305400a99',1796009370745);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'c5de3b2fff5d2d6da583c2e1b03f0d1c5a6bb3b7a9f516726cbe6955f197ae7f',1796011204475);
INSERT INTO "__drizzle_migrations" VALUES(NULL,'768dcbef96f111ae597e982b365474f39236c7836f88ccd54cb6834415984bb8',1796012457912);
CREATE TABLE `agent_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`label` text NOT NULL,
	`hosts` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer
) STRICT;
INSERT INTO "agent_tokens" VALUES('12f2b401e332f30a17993c5980c92793','d71fbc7e1a91bf5d2d13ccc1dc890f2356af2208a637c7351daf48e47ba8149f','compute-1','["compute-1"]',1796031828628,NULL);
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
CREATE TABLE `assignments` (
	`user_id` text NOT NULL,
	`role_id` text NOT NULL,
	`scope` text NOT NULL,
	`target` text NOT NULL,
	PRIMARY KEY(`user_id`, `role_id`, `scope`, `target`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`role_id`) REFERENCES `roles`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
INSERT INTO "assignments" VALUES('4f709cef861f5a612b95077a5549730a','c381badd46ed48ba4efec42bfc79ae3a','project','a154f12838f606d3bb290e9e3203a028');
INSERT INTO "assignments" VALUES('4f709cef861f5a612b95077a5549730a','c381badd46ed48ba4efec42bfc79ae3a','domain','default');
INSERT INTO "assignments" VALUES('4f709cef861f5a612b95077a5549730a','c381badd46ed48ba4efec42bfc79ae3a','system','');
INSERT INTO "assignments" VALUES('d6627c3e32d14979930930e472833de2','3e1c41e8978a27fe838a6a1e2f315411','project','11111111111111111111111111111111');
CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`address` text,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`changes` text NOT NULL
) STRICT;
INSERT INTO "audit" VALUES(1,1796031810083,'shell:root',NULL,'seed.apply','seed','{"projects":[null,1],"users":[null,1],"services":[null,{"added":2,"changed":0,"unchanged":0}],"instances":[null,{"added":2,"changed":0,"unchanged":0}]}');
INSERT INTO "audit" VALUES(2,1796031825779,'4f709cef861f5a612b95077a5549730a','127.0.0.1','service.force_down','service:compute-1/nova-compute','{"forced_down":[false,true],"forced_down_reason":[null,"power cut again"]}');
INSERT INTO "audit" VALUES(3,1796031828647,'4f709cef861f5a612b95077a5549730a','127.0.0.1','agent_token.issue','agent-token:12f2b401e332f30a17993c5980c92793','{"label":[null,"compute-1"],"hosts":[null,["compute-1"]],"expires_at":[null,null]}');
CREATE TABLE `drills` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`user_id` text NOT NULL,
	`servers` text NOT NULL,
	`status` text NOT NULL,
	`started_at` integer NOT NULL,
	`ends_at` integer NOT NULL
) STRICT;
CREATE TABLE `flavors` (
	`id` text PRIMARY KEY NOT NULL,
	`flavor` text NOT NULL
) STRICT;
CREATE TABLE `instance_actions` (
	`id` integer PRIMARY KEY NOT NULL,
	`instance_id` text NOT NULL,
	`action` text NOT NULL,
	`request_id` text NOT NULL,
	`user_id` text NOT NULL,
	`project_id` text,
	`at` integer NOT NULL
) STRICT;
CREATE TABLE `instances` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`host` text,
	`node` text,
	`vm_state` text NOT NULL,
	`task_state` text,
	`power_state` integer NOT NULL,
	`availability_zone` text,
	`image_ref` text NOT NULL,
	`flavor_id` text NOT NULL,
	`locked` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`launched_at` integer,
	`terminated_at` integer,
	`deleted_at` integer,
	`placed_at` integer NOT NULL,
	`status_since` integer NOT NULL,
	`details` text NOT NULL
) STRICT;
INSERT INTO "instances" VALUES('5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a01','11111111111111111111111111111111','','db','compute-1','compute-1','active',NULL,1,'nova','','1',0,1796031810061,1796031810061,1796031810061,NULL,NULL,1796031810061,1796031810061,'{"metadata":{},"addresses":{},"tags":[],"securityGroups":[],"volumesAttached":[],"trustedImageCertificates":null,"serverGroups":[],"schedulerHints":{},"imageProperties":{},"fault":null,"description":null,"accessIPv4":"","accessIPv6":"","configDrive":"","keyName":null,"progress":0,"diskConfig":"MANUAL","reservationId":null,"launchIndex":0,"kernelId":"","ramdiskId":"","rootDeviceName":null,"userData":null,"instanceName":null,"lockedBy":null,"lockedReason":null,"pinnedAvailabilityZone":null,"flavor":{"id":"1","original_name":"m1.tiny","vcpus":1,"ram":512,"disk":1,"ephemeral":0,"swap":0,"extra_specs":{}},"hostname":"db","registeredBy":"seed"}');
INSERT INTO "instances" VALUES('5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a02','11111111111111111111111111111111','','web','compute-2','compute-2','active',NULL,1,'nova','','1',0,1796031810061,1796031810061,1796031810061,NULL,NULL,1796031810061,1796031810061,'{"metadata":{},"addresses":{},"tags":[],"securityGroups":[],"volumesAttached":[],"trustedImageCertificates":null,"serverGroups":[],"schedulerHints":{},"imageProperties":{},"fault":null,"description":null,"accessIPv4":"","accessIPv6":"","configDrive":"","keyName":null,"progress":0,"diskConfig":"MANUAL","reservationId":null,"launchIndex":0,"kernelId":"","ramdiskId":"","rootDeviceName":null,"userData":null,"instanceName":null,"lockedBy":null,"lockedReason":null,"pinnedAvailabilityZone":null,"flavor":{"id":"1","original_name":"m1.tiny","vcpus":1,"ram":512,"disk":1,"ephemeral":0,"swap":0,"extra_specs":{}},"hostname":"web","registeredBy":"seed"}');
CREATE TABLE `lineage` (
	`id` integer PRIMARY KEY NOT NULL,
	`entry` integer NOT NULL,
	`at` integer NOT NULL,
	`head` integer NOT NULL,
	`why` text NOT NULL
) STRICT;
INSERT INTO "lineage" VALUES(1,145991761531860,1796031803967,0,'start');
INSERT INTO "lineage" VALUES(2,101641765041289,1796031808398,0,'start');
INSERT INTO "lineage" VALUES(3,106428672241387,1796031819194,2,'start');
CREATE TABLE `log` (
	`id` integer PRIMARY KEY NOT NULL,
	`stream` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`items` text NOT NULL
, `entry` integer DEFAULT 0 NOT NULL) STRICT;
INSERT INTO "log" VALUES(1,'hosts',1,1796031810051,'[{"kind":"service_added","from":null,"to":"UP","service_id":"41cb590f-0a88-4711-901b-917d41d5f171","host":"compute-1","binary":"nova-compute","zone":"nova","facts":{"forced_down":false,"disabled":false,"live":true},"cause":"service_added","at":"2026-11-30T09:43:30.032Z","correlation_id":"7dfe9260588bffcba2d44e9735c01872","reason":null,"fence":"none","actor":"seed","servers":0},{"kind":"service_added","from":null,"to":"MAINTENANCE","service_id":"6957bd7f-9bbe-47f7-8432-9c68dd6a3665","host":"compute-2","binary":"nova-compute","zone":"nova","facts":{"forced_down":false,"disabled":true,"live":true},"cause":"service_added","at":"2026-11-30T09:43:30.032Z","correlation_id":"548f4ad39552e03dd640d17019e415c4","reason":"new memory","fence":"none","actor":"seed","servers":0}]',101641765041289);
INSERT INTO "log" VALUES(2,'project:11111111111111111111111111111111',1,1796031810069,'[{"kind":"server_added","server_id":"5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a01","name":"db","from":null,"to":"UP","host_id":"6d46b217b6b971c2e43673683c7b1dc2e16a08e21d8546baeab9ac49","facts":{"forced_down":false,"disabled":false,"live":true},"cause":"placement","at":"2026-11-30T09:43:30.061Z","fence":"none"},{"kind":"server_added","server_id":"5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a02","name":"web","from":null,"to":"MAINTENANCE","host_id":"5f8943d7847313c66a1e708f6d65d25ac9867541c1f1c82b0620e0b0","facts":{"forced_down":false,"disabled":true,"live":true},"cause":"placement","at":"2026-11-30T09:43:30.061Z","fence":"none"}]',101641765041289);
INSERT INTO "log" VALUES(3,'project:11111111111111111111111111111111',2,1796031825782,'[{"kind":"transition","from":"UP","to":"DOWN","facts":{"forced_down":true,"disabled":false,"live":true},"cause":"forced_down","at":"2026-11-30T09:43:45.779Z","correlation_id":"17e0e773fbbf10546bf1772238fd5a36","fence":"none","server_id":"5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a01","name":"db","host_id":"6d46b217b6b971c2e43673683c7b1dc2e16a08e21d8546baeab9ac49"}]',106428672241387);
INSERT INTO "log" VALUES(4,'hosts',2,1796031825782,'[{"kind":"transition","from":"UP","to":"DOWN","service_id":"41cb590f-0a88-4711-901b-917d41d5f171","host":"compute-1","binary":"nova-compute","zone":"nova","facts":{"forced_down":true,"disabled":false,"live":true},"cause":"forced_down","at":"2026-11-30T09:43:45.779Z","correlation_id":"17e0e773fbbf10546bf1772238fd5a36","reason":"power cut again","fence":"none","actor":"4f709cef861f5a612b95077a5549730a","servers":1}]',106428672241387);
CREATE TABLE `log_servers` (
	`id` integer PRIMARY KEY NOT NULL,
	`server_id` text NOT NULL,
	`seq` integer NOT NULL,
	`log_id` integer NOT NULL
) STRICT;
INSERT INTO "log_servers" VALUES(1,'5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a01',1,2);
INSERT INTO "log_servers" VALUES(2,'5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a02',1,2);
INSERT INTO "log_servers" VALUES(3,'5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a01',2,3);
CREATE TABLE `meta` (
	`id` integer PRIMARY KEY NOT NULL,
	`epoch` text NOT NULL,
	`signing_key` blob NOT NULL,
	`created_at` integer NOT NULL
) STRICT;
INSERT INTO "meta" VALUES(1,'yvIDnRwWl7Gx',X'ED60798E5EA74B76BBEC2613FF8CFF8B902354671C8CF1EAF1E530084AB2096A',1796031803911);
CREATE TABLE `projects` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`enabled` integer NOT NULL
) STRICT;
INSERT INTO "projects" VALUES('a154f12838f606d3bb290e9e3203a028','admin','',1);
INSERT INTO "projects" VALUES('11111111111111111111111111111111','acme','',1);
CREATE TABLE `roles` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL
, `description` text) STRICT;
INSERT INTO "roles" VALUES('c381badd46ed48ba4efec42bfc79ae3a','admin',NULL);
INSERT INTO "roles" VALUES('4570ee8427db0cf6a4cb461d9d9b7d84','manager',NULL);
INSERT INTO "roles" VALUES('3e1c41e8978a27fe838a6a1e2f315411','member',NULL);
INSERT INTO "roles" VALUES('66a71ff75f6557a6836dec9d8be7a86e','reader',NULL);
INSERT INTO "roles" VALUES('3c2270dc68c6839613f672d2db7d412c','service',NULL);
INSERT INTO "roles" VALUES('5b10e4ee07db91b9373821133db5ef12','fencer',NULL);
CREATE TABLE `services` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`host` text NOT NULL,
	`binary` text NOT NULL,
	`zone` text NOT NULL,
	`disabled` integer NOT NULL,
	`disabled_reason` text,
	`forced_down` integer NOT NULL,
	`forced_down_at` integer,
	`forced_down_by` text,
	`forced_down_reason` text,
	`fence` text NOT NULL,
	`live` integer NOT NULL,
	`last_seen_up` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`status_since` integer NOT NULL,
	`report_interval_ms` integer,
	`service_down_time_ms` integer
, `heard_forced_down_at` integer, `evidence` text) STRICT;
INSERT INTO "services" VALUES(1,'41cb590f-0a88-4711-901b-917d41d5f171','compute-1','nova-compute','nova',0,NULL,1,1796031825779,'4f709cef861f5a612b95077a5549730a','power cut again','none',1,NULL,1796031810032,1796031825779,1796031825779,NULL,NULL,NULL,NULL);
INSERT INTO "services" VALUES(2,'6957bd7f-9bbe-47f7-8432-9c68dd6a3665','compute-2','nova-compute','nova',1,'new memory',0,NULL,NULL,NULL,'none',1,NULL,1796031810032,1796031810032,1796031810032,NULL,NULL,NULL,NULL);
CREATE TABLE `streams` (
	`name` text PRIMARY KEY NOT NULL,
	`head` integer NOT NULL,
	`floor` integer NOT NULL
, `entry` integer DEFAULT 0 NOT NULL, `floor_entry` integer DEFAULT 0 NOT NULL) STRICT;
INSERT INTO "streams" VALUES('hosts',2,1,106428672241387,0);
INSERT INTO "streams" VALUES('project:11111111111111111111111111111111',2,1,106428672241387,0);
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
INSERT INTO "tokens" VALUES('8011a330bd90fc14e96a332769921a3643bd8be3b56ca6cab40e89c3905c7521','4f709cef861f5a612b95077a5549730a','project','a154f12838f606d3bb290e9e3203a028','["password"]','["f04okRgH3rtaRiBCDWuxQg"]',NULL,1796031822696,1796035422696);
INSERT INTO "tokens" VALUES('8cd7c5bd56f5bba01363a7452fea8ace2024a4e585fda8472e09e76fe8c007c8','4f709cef861f5a612b95077a5549730a','project','a154f12838f606d3bb290e9e3203a028','["password"]','["9JwbRCmOBki2mNAle42ibw"]',NULL,1796031825657,1796035425657);
INSERT INTO "tokens" VALUES('4de0c4772407c0086960203fe6f3627d435e192626d0a65e1b8336993fd3fb08','4f709cef861f5a612b95077a5549730a','project','a154f12838f606d3bb290e9e3203a028','["password"]','["DX7uNHjGvP9bsEkgm7ny7A"]',NULL,1796031828425,1796035428425);
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`email` text,
	`enabled` integer NOT NULL,
	`default_project_id` text,
	`password_hash` text
) STRICT;
INSERT INTO "users" VALUES('4f709cef861f5a612b95077a5549730a','admin',NULL,NULL,1,'a154f12838f606d3bb290e9e3203a028','scrypt$ln=15,r=8,p=3$Px8dwTOt8voHVXXHfN3AWQ$rciiDVcpudd_yhUoBwc81x6GI6ehOuQlVEwIjLdxSA0');
INSERT INTO "users" VALUES('d6627c3e32d14979930930e472833de2','alice',NULL,NULL,1,NULL,'scrypt$ln=15,r=8,p=3$R4xJdGiOtyx4vgoVS6EZlQ$H67zPg2b4Z5vV5cAMH3Atb_VekdedZllZNp6E776MHw');
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`user_id` text NOT NULL,
	`roles` text NOT NULL,
	`name` text NOT NULL,
	`url` text NOT NULL,
	`format` text NOT NULL,
	`servers` text,
	`host_status` text,
	`secret` text NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`seq` integer NOT NULL,
	`attempts` integer NOT NULL,
	`failing_since` integer,
	`next_attempt_at` integer,
	`last_delivered_at` integer,
	`last_error` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
, `old_secret` text, `old_secret_until` integer, `credential_id` text) STRICT;
CREATE INDEX `instances_on_host` ON `instances` (`host`,`project_id`,`id`,`name`,`deleted_at`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_of_project` ON `instances` (`project_id`,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_changed` ON `instances` (`updated_at`,`id`);
CREATE INDEX `instances_of_project_changed` ON `instances` (`project_id`,`updated_at`,`id`);
CREATE UNIQUE INDEX `log_stream_seq` ON `log` (`stream`,`seq`);
CREATE UNIQUE INDEX `services_host_binary` ON `services` (`host`,`binary`);
CREATE UNIQUE INDEX `services_uuid` ON `services` (`uuid`);
CREATE UNIQUE INDEX `agent_tokens_hash` ON `agent_tokens` (`hash`);
CREATE UNIQUE INDEX `application_credentials_user_name` ON `application_credentials` (`user_id`,`name`);
CREATE INDEX `assignments_on` ON `assignments` (`scope`,`target`);
CREATE UNIQUE INDEX `projects_name` ON `projects` (`name`);
CREATE UNIQUE INDEX `roles_name` ON `roles` (`name`);
CREATE INDEX `tokens_of_user` ON `tokens` (`user_id`);
CREATE INDEX `tokens_on` ON `tokens` (`scope`,`target`);
CREATE INDEX `tokens_expiring` ON `tokens` (`expires_at`);
CREATE INDEX `tokens_of_credential` ON `tokens` (`application_credential_id`);
CREATE UNIQUE INDEX `users_name` ON `users` (`name`);
CREATE INDEX `instances_listed` ON `instances` (created_at DESC,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_of_project_listed` ON `instances` (`project_id`,created_at DESC,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_deleted` ON `instances` (`project_id`,created_at DESC,`id`) WHERE deleted_at IS NOT NULL;
CREATE INDEX `instance_actions_of` ON `instance_actions` (`instance_id`,`id`);
CREATE INDEX `audit_of_subject` ON `audit` (`subject`,`id`);
CREATE INDEX `audit_of_actor` ON `audit` (`actor`,`id`);
CREATE INDEX `log_servers_of` ON `log_servers` (`server_id`,`seq`);
CREATE INDEX `webhooks_of_project` ON `webhooks` (`project_id`,`created_at`,`id`);
CREATE INDEX `instances_on_host_listed` ON `instances` (`host`,created_at DESC,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_named` ON `instances` (`name`,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `services_facts` ON `services` (`binary`,`forced_down`,`disabled`,`live`,`host`);
CREATE INDEX `drills_of_project` ON `drills` (`project_id`);
CREATE INDEX `instances_of_project_named` ON `instances` (`project_id`,`name`,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_in_state` ON `instances` (`vm_state`,created_at DESC,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_of_project_in_state` ON `instances` (`project_id`,`vm_state`,created_at DESC,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_of_flavor_listed` ON `instances` (`flavor_id`,created_at DESC,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_of_project_of_flavor` ON `instances` (`project_id`,`flavor_id`,created_at DESC,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_of_image` ON `instances` (`image_ref`,created_at DESC,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_of_project_of_image` ON `instances` (`project_id`,`image_ref`,created_at DESC,`id`) WHERE deleted_at IS NULL;
CREATE INDEX `instances_deleted_listed` ON `instances` (created_at DESC,`id`) WHERE deleted_at IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('services',2);
INSERT INTO "sqlite_sequence" VALUES('audit',3);
COMMIT;
