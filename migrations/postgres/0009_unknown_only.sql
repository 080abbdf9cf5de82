ALTER TABLE "log" ADD COLUMN "unknown_seq" bigint;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "unknown_head" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "unknown_floor" bigint DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "unknown_entry" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "unknown_floor_entry" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "unknown_seq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE "log" SET "unknown_seq" = numbered.n FROM (
	SELECT l.id, row_number() OVER (PARTITION BY l.stream ORDER BY l.seq) AS n FROM "log" AS l
	WHERE l.stream <> 'hosts'
		AND (strpos(l.items, 'UNKNOWN') > 0 OR strpos(l.items, 'server_added') > 0 OR strpos(l.items, 'server_removed') > 0)
		AND EXISTS (SELECT 1 FROM json_array_elements(l.items::json) AS item
			WHERE item ->> 'kind' IN ('server_added', 'server_removed')
				OR (item ->> 'kind' <> 'drill'
					AND (item ->> 'to' IS NOT DISTINCT FROM 'UNKNOWN') <> (item ->> 'from' IS NOT DISTINCT FROM 'UNKNOWN')))
) AS numbered WHERE numbered.id = "log"."id";--> statement-breakpoint
CREATE UNIQUE INDEX "log_stream_unknown_seq" ON "log" USING btree ("stream","unknown_seq") WHERE unknown_seq IS NOT NULL;--> statement-breakpoint
UPDATE "streams" SET "unknown_head" = coalesce((SELECT max(log.unknown_seq) FROM log WHERE log.stream = streams.name), 0);--> statement-breakpoint
UPDATE "streams" SET "unknown_entry" = coalesce((SELECT log.entry FROM log WHERE log.stream = streams.name AND log.unknown_seq = streams.unknown_head), 0);--> statement-breakpoint
UPDATE "webhooks" SET "unknown_seq" = coalesce((SELECT max(log.unknown_seq) FROM log WHERE log.stream = 'project:' || webhooks.project_id AND log.seq <= webhooks.seq), 0);
