/** The answers of `/v1/watch-keys`. */
import { z } from 'zod';

const Time = z.iso.datetime();

export const WatchKey = z.object({
  id: z.string(),
  project_id: z.string(),
  name: z.string(),
  servers: z.array(z.string()).readonly().nullable().describe('Null: all servers of the project.'),
  drills: z.boolean().describe('Whether it may start and end drills of its servers.'),
  created_by: z.string().describe('Id of the user who made it.'),
  created_at: Time,
  expires_at: Time.nullable().describe('Null: valid until it is revoked.'),
  last_used_at: Time.nullable().describe('Null: never.'),
});
export type WatchKey = z.output<typeof WatchKey>;

export const WatchKeyWithSecret = WatchKey.extend({
  key: z.string().describe('The key itself, `hbw_…`. It is shown only once.'),
});

export const WatchKeys = z.object({
  watch_keys: z.array(WatchKey),
  next: z.string().nullable().describe('Marker of the next page; null on the last one.'),
});
