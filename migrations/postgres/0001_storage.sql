-- How rows lie on their pages: those that are written over all the time keep room beside them, so that no index is touched.
ALTER TABLE "head" SET (fillfactor = 10, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);--> statement-breakpoint
ALTER TABLE "streams" SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE "last_seen" SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE "services" SET (fillfactor = 80);--> statement-breakpoint
-- A server that was built without lz4 goes on with its own compression, which costs two to three times as much.
DO $$ BEGIN
  ALTER TABLE "log" ALTER COLUMN "items" SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
