import { z } from 'zod';
import { RESET_REASONS } from './downstream.ts';
import { Change } from './items.ts';

/** The message of a webhook: a CloudEvent 1.0 in the body. A receiver answers 2xx to types it does not know, and ignores them. */

const attributes = {
  specversion: z.literal('1.0'),
  /**
   * `epoch.seq` of the data: the same for every attempt and every webhook of the project, so that a receiver recognises
   * repeats, and never that of another message.
   */
  id: z.string(),
  source: z.string(),
  /** The server's id, if the event is about one server. */
  subject: z.string().optional(),
  /** RFC 3339, UTC, milliseconds. */
  time: z.string(),
  datacontenttype: z.literal('application/json'),
};

/** One commit: a host with forty of the project's servers is one message. */
export const ChangesMessage = z.object({
  ...attributes,
  type: z.literal('io.hostbeat.changes'),
  data: z.object({
    project_id: z.string(),
    epoch: z.string().optional(),
    seq: z.number().int().positive(),
    items: z.array(Change),
  }),
});

/** The events since the last message are no longer kept: the receiver must read the present state. */
export const ResetMessage = z.object({
  ...attributes,
  type: z.literal('io.hostbeat.reset'),
  data: z.object({
    project_id: z.string(),
    epoch: z.string().optional(),
    seq: z.number().int().nonnegative(),
    reason: z.enum(RESET_REASONS),
  }),
});

/** The owner asked for a test message; no server changed. */
export const TestMessage = z.object({
  ...attributes,
  type: z.literal('io.hostbeat.test'),
  data: z.object({ project_id: z.string() }),
});

export const WebhookMessage = z.discriminatedUnion('type', [ChangesMessage, ResetMessage, TestMessage]);
export type WebhookMessage = z.infer<typeof WebhookMessage>;
