ALTER TABLE `log` ADD `unknown_seq` integer;--> statement-breakpoint
ALTER TABLE `streams` ADD `unknown_head` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `streams` ADD `unknown_floor` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `streams` ADD `unknown_entry` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `streams` ADD `unknown_floor_entry` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `webhooks` ADD `unknown_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `log` SET `unknown_seq` = numbered.n FROM (
	SELECT log.id AS id, row_number() OVER (PARTITION BY log.stream ORDER BY log.seq) AS n FROM `log`
	WHERE log.stream <> 'hosts'
		AND (instr(log.items, 'UNKNOWN') > 0 OR instr(log.items, 'server_added') > 0 OR instr(log.items, 'server_removed') > 0)
		AND EXISTS (SELECT 1 FROM json_each(log.items) AS item
			WHERE item.value ->> 'kind' IN ('server_added', 'server_removed')
				OR (item.value ->> 'kind' <> 'drill'
					AND (item.value ->> 'to' IS 'UNKNOWN') <> (item.value ->> 'from' IS 'UNKNOWN')))
) AS numbered WHERE numbered.id = log.id;--> statement-breakpoint
CREATE UNIQUE INDEX `log_stream_unknown_seq` ON `log` (`stream`,`unknown_seq`) WHERE unknown_seq IS NOT NULL;--> statement-breakpoint
UPDATE `streams` SET `unknown_head` = coalesce((SELECT max(log.unknown_seq) FROM log WHERE log.stream = streams.name), 0);--> statement-breakpoint
UPDATE `streams` SET `unknown_entry` = coalesce((SELECT log.entry FROM log WHERE log.stream = streams.name AND log.unknown_seq = streams.unknown_head), 0);--> statement-breakpoint
UPDATE `webhooks` SET `unknown_seq` = coalesce((SELECT max(log.unknown_seq) FROM log WHERE log.stream = 'project:' || webhooks.project_id AND log.seq <= webhooks.seq), 0);
