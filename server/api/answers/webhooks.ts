/** The answers of `/v1/webhooks`. */
import { z } from 'zod';
import { HostStatusValue } from '../../../client-sdk/protocol/items.ts';
import { WEBHOOK_FORMATS, WEBHOOK_STATES } from '../../ports/webhook-store.ts';

const Time = z.iso.datetime();

export const Webhook = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  format: z
    .enum(WEBHOOK_FORMATS)
    .describe('`cloudevents`: one CloudEvent a commit; `aodh`: what an alarm of Aodh posts, one a change.'),
  servers: z.array(z.string()).readonly().nullable().describe('Null: all servers of the project.'),
  host_status: z.array(HostStatusValue).readonly().nullable().describe('Null: all.'),
  old_secret_until: Time.nullable().describe('Until then deliveries are signed with the old secret too.'),
  state: z.enum(WEBHOOK_STATES).describe('`paused` by its owner; `parked` by hostbeat, with the reason.'),
  reason: z.string().nullable().describe('Why it is parked.'),
  seq: z.number().int().describe("Last place of the project's stream that was delivered or skipped."),
  attempts: z.number().int().describe('Failed attempts of the delivery that is due.'),
  last_error: z.string().nullable(),
  failing_since: Time.nullable(),
  next_attempt_at: Time.nullable(),
  last_delivered_at: Time.nullable(),
  created_at: Time,
  updated_at: Time,
});
export type Webhook = z.output<typeof Webhook>;

export const Webhooks = z.object({ webhooks: z.array(Webhook) });

export const WebhookWithSecret = Webhook.extend({
  secret: z.string().describe('Signs deliveries (Standard Webhooks). It is shown only once.'),
});

export const WebhookTested = z.object({
  delivered: z.boolean(),
  error: z.string().nullable().describe('Why it was not delivered.'),
});
