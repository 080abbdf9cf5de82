import { Hono } from 'hono';
import { z } from 'zod';
import type { Recorder } from '../audit/recorder.ts';
import { Name, ServerId } from '../documents/schemas.ts';
import { checked } from '../documents/validate.ts';
import { shortened } from '../domain/audit.ts';
import { rfc3339 } from '../domain/clock.ts';
import { auditShareOf, type Identity } from '../identity/identity.ts';
import type { Env } from '../identity/middleware.ts';
import type { WatchKeys } from '../identity/watch-keys/watch-keys.ts';
import type { WatchKey } from '../ports/watch-key-store.ts';
import type { WatchKey as WatchKeyAnswer } from './answers/watch-keys.ts';
import { readJson } from './request/body.ts';
import { page, pageQuery } from './request/page.ts';

const MAX_BODY = 128 * 1024;
const MOST_SERVERS = 1_000;

export const WatchKeyBody = z.strictObject({
  name: Name,
  /** Absent or null: every server of the project. */
  servers: z
    .array(ServerId)
    .min(1, 'must name a server; leave it out for all servers of the project')
    .max(
      MOST_SERVERS,
      `must name at most ${MOST_SERVERS} servers; leave it out for all servers of the project`,
    )
    .nullish(),
  expires_at: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2030-01-31T12:00:00Z' })
    .nullish(),
  /** Whether it may start and end drills of its servers. */
  drills: z.boolean().optional(),
});

/** `/watch-keys`: a project's keys that may only follow its servers. A key is shown once, when it is made. */
export function createWatchKeys(keys: WatchKeys, record: Recorder): Hono<Env> {
  const app = new Hono<Env>();

  app.post('/watch-keys', async (c) => {
    keys.demand(c.var.identity);
    const {
      name,
      servers,
      expires_at,
      drills = false,
    } = checked(WatchKeyBody, await readJson(c.req.raw, MAX_BODY));
    const wish = {
      name,
      servers: servers == null ? null : [...new Set(servers)],
      expiresAt: expires_at == null ? null : Date.parse(expires_at),
      mayDrill: drills,
    };
    const { secret, key } = await keys.add(wish, c.var.identity);
    await record(c.req.raw, c.var.identity.userId, done('create', key, c.var.identity));
    return c.json({ ...representation(key), key: secret }, 201, { 'Cache-Control': 'no-store' });
  });

  app.get('/watch-keys', async (c) => {
    const { limit, marker } = pageQuery(c);
    const all = await keys.list(c.var.identity, c.req.query('project_id'));
    const { items, next } = page(all, ({ id }) => id, marker, limit);
    return c.json({ watch_keys: items.map(representation), next });
  });

  app.delete('/watch-keys/:id', async (c) => {
    const key = await keys.revoke(c.req.param('id'), c.var.identity);
    await record(c.req.raw, c.var.identity.userId, done('revoke', key, c.var.identity));
    return c.body(null, 204);
  });
  return app;
}

function done(what: 'create' | 'revoke', key: WatchKey, caller: Identity) {
  const fields = {
    project_id: key.projectId,
    name: key.name,
    servers: key.servers && shortened(key.servers),
    expires_at: key.expiresAt === null ? null : rfc3339(key.expiresAt),
    drills: key.mayDrill,
  };
  const pair = (value: unknown) => (what === 'create' ? [null, value] : [value, null]) as [unknown, unknown];
  const changes = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, pair(value)]));
  const share = auditShareOf(caller);
  const entry = { action: `watch_key.${what}`, subject: `watch-key:${key.id}`, changes };
  return share === undefined ? entry : { ...entry, share };
}

function representation(key: WatchKey): WatchKeyAnswer {
  const time = (at: number | null) => (at === null ? null : rfc3339(at));
  return {
    id: key.id,
    project_id: key.projectId,
    name: key.name,
    servers: key.servers,
    drills: key.mayDrill,
    created_by: key.createdBy,
    created_at: rfc3339(key.createdAt),
    expires_at: time(key.expiresAt),
    last_used_at: time(key.lastUsedAt),
  };
}
