/**
 * PORT. Storage of owners' webhooks. Rules are not here. Methods are asynchronous so that a database across a
 * network can implement the same port.
 */
import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type { Instant } from '../domain/clock.ts';

/** `cloudevents`: CloudEvents 1.0, one for each commit. `aodh`: what an alarm of Aodh posts, one for each change. */
export const WEBHOOK_FORMATS = ['cloudevents', 'aodh'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** `paused` by its owner; `parked` by us, with the reason. */
export const WEBHOOK_STATES = ['active', 'paused', 'parked'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

export interface Webhook {
  readonly id: string;
  readonly projectId: string;
  /** The user who made it or resumed it last, and that user's roles: a delivery shows what this user may see. */
  readonly userId: string;
  readonly roles: readonly string[];
  /** The application credential that made it; the webhook ends with it. Null if a login made it. */
  readonly credentialId?: string | null;
  readonly name: string;
  readonly url: string;
  readonly format: WebhookFormat;
  /** Null: all. */
  readonly servers: readonly string[] | null;
  readonly hostStatus: readonly HostStatus[] | null;
  /** `whsec_` and base64 (Standard Webhooks). */
  readonly secret: string;
  /** The previous secret, which also signs deliveries until then; null if there is no such time. */
  readonly oldSecret: string | null;
  readonly oldSecretUntil: Instant | null;
  readonly state: WebhookState;
  readonly reason: string | null;
  /** The last row of the project's stream that it has passed. */
  readonly seq: number;
  /** The same by `unknownSeq`: the number that an owner under the policy `unknown-only` may know. */
  readonly unknownSeq: number;
  /** Failed attempts of the delivery that is due. */
  readonly attempts: number;
  readonly failingSince: Instant | null;
  readonly nextAttemptAt: Instant | null;
  readonly lastDeliveredAt: Instant | null;
  readonly lastError: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface WebhookStore {
  add(webhook: Webhook): Promise<void>;
  webhook(id: string): Promise<Webhook | undefined>;
  /** Oldest first. */
  ofProject(projectId: string): Promise<readonly Webhook[]>;
  all(): Promise<readonly Webhook[]>;
  /** Changes these fields. @returns the webhook after the change; undefined if it no longer exists */
  change(id: string, fields: Partial<Omit<Webhook, 'id' | 'projectId'>>): Promise<Webhook | undefined>;
  /** @returns whether the webhook existed */
  remove(id: string): Promise<boolean>;
}
