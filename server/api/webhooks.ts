import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { HostStatusValue } from '../../client-sdk/protocol/items.ts';
import { Name } from '../documents/schemas.ts';
import { checked } from '../documents/validate.ts';
import { type Instant, rfc3339 } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { Env } from '../identity/middleware.ts';
import { WEBHOOK_FORMATS, type Webhook } from '../ports/webhook-store.ts';
import type { WebhookChange } from '../webhooks/fields.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { Webhook as WebhookAnswer } from './answers/webhooks.ts';
import { readJson } from './request/body.ts';

const MAX_BODY = 64 * 1024;

const Url = z.string().min(1).max(2_048);
/** Ids in lower case, as they are stored: a UUID in capitals is the same server. */
const ServerId = z
  .string()
  .min(1)
  .max(64)
  .transform((id) => id.toLowerCase());
const Servers = z.array(ServerId).min(1).max(1_000).nullable();
const Statuses = z.array(HostStatusValue).min(1).max(5).nullable();

export const WebhookBody = z.strictObject({
  url: Url,
  name: Name.optional(),
  format: z.enum(WEBHOOK_FORMATS).optional(),
  servers: Servers.optional(),
  host_status: Statuses.optional(),
});

export const WebhookChangeBody = z.strictObject({
  url: Url.optional(),
  name: Name.optional(),
  servers: Servers.optional(),
  host_status: Statuses.optional(),
  state: z.enum(['active', 'paused']).optional(),
});

/** For how long deliveries are signed with the old secret too: a week at most. */
export const WebhookSecretBody = z.strictObject({
  overlap_seconds: z.number().int().min(0).max(604_800).optional(),
});

/** `/webhooks`: a project's HTTP subscriptions. The secret is shown once, when it is made. */
export function createWebhooks(webhooks: Webhooks): Hono<Env> {
  const app = new Hono<Env>();
  const shown = (webhook: Webhook, identity: Identity) =>
    representation(webhook, webhooks.placeFor(webhook, identity));
  app.use('/webhooks/*', async (c, next) => {
    webhooks.demand(c.var.identity);
    if (!mayWrite(c)) throw new DomainError('forbidden', 'A role beyond "reader" is needed');
    await next();
  });

  app.post('/webhooks', async (c) => {
    const body = checked(WebhookBody, await readJson(c.req.raw, MAX_BODY));
    const { url, name = 'webhook', format = 'cloudevents', servers = null, host_status = null } = body;
    const wish = { url, name, format, servers, hostStatus: host_status };
    const webhook = await webhooks.add(wish, c.var.identity, c.req.raw.signal);
    return c.json({ ...shown(webhook, c.var.identity), secret: webhook.secret }, 201, NO_STORE);
  });

  app.get('/webhooks', async (c) => {
    const { identity } = c.var;
    const all = await webhooks.list(identity);
    return c.json({ webhooks: all.map((webhook) => shown(webhook, identity)) });
  });

  app.get('/webhooks/:id', async (c) => {
    const { identity } = c.var;
    return c.json(shown(await webhooks.one(c.req.param('id'), identity), identity));
  });

  app.patch('/webhooks/:id', async (c) => {
    const { host_status, ...rest } = checked(WebhookChangeBody, await readJson(c.req.raw, MAX_BODY));
    const change = { ...rest, ...(host_status === undefined ? {} : { hostStatus: host_status }) };
    const { identity } = c.var;
    const id = c.req.param('id');
    const webhook = await webhooks.change(id, change as WebhookChange, identity, c.req.raw.signal);
    return c.json(shown(webhook, identity));
  });

  app.delete('/webhooks/:id', async (c) => {
    await webhooks.remove(c.req.param('id'), c.var.identity, c.req.raw.signal);
    return c.body(null, 204);
  });

  app.post('/webhooks/:id/secret', async (c) => {
    // Without a body the old secret ends at once.
    const asked = c.req.header('content-type') === undefined ? {} : await readJson(c.req.raw, MAX_BODY);
    const { overlap_seconds = 0 } = checked(WebhookSecretBody, asked);
    const { signal } = c.req.raw;
    const id = c.req.param('id');
    const webhook = await webhooks.rotate(id, c.var.identity, overlap_seconds * 1_000, signal);
    return c.json({ ...shown(webhook, c.var.identity), secret: webhook.secret }, 200, NO_STORE);
  });

  app.post('/webhooks/:id/test', async (c) => {
    const outcome = await webhooks.test(c.req.param('id'), c.var.identity, c.req.raw.signal);
    return c.json({ delivered: outcome.delivered, error: outcome.delivered ? null : outcome.error });
  });

  return app;
}

const NO_STORE = { 'Cache-Control': 'no-store' };

/** Reading needs no role; the role `reader` may change nothing. */
function mayWrite(c: Context<Env>): boolean {
  return c.req.method === 'GET' || c.var.identity.roles.some((role) => role.toLowerCase() !== 'reader');
}

/** @param seq its place, as the number that its reader may see */
function representation(webhook: Webhook, seq: number): WebhookAnswer {
  const time = (at: Instant | null) => (at === null ? null : rfc3339(at));
  return {
    id: webhook.id,
    name: webhook.name,
    url: webhook.url,
    format: webhook.format,
    servers: webhook.servers,
    host_status: webhook.hostStatus,
    old_secret_until: time(webhook.oldSecretUntil),
    state: webhook.state,
    reason: webhook.reason,
    seq,
    attempts: webhook.attempts,
    last_error: webhook.lastError,
    failing_since: time(webhook.failingSince),
    next_attempt_at: time(webhook.nextAttemptAt),
    last_delivered_at: time(webhook.lastDeliveredAt),
    created_at: rfc3339(webhook.createdAt),
    updated_at: rfc3339(webhook.updatedAt),
  };
}
