CREATE INDEX "instances_deleted_at" ON "instances" USING btree ("deleted_at") WHERE deleted_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "agent_tokens_expiring" ON "agent_tokens" USING btree ("expires_at") WHERE expires_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "watch_keys_expiring" ON "watch_keys" USING btree ("expires_at") WHERE expires_at IS NOT NULL;