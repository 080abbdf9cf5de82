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
  /** The user who made it or resumed it last, and with which roles: a delivery shows what that user may see. */
  readonly userId: string;
  readonly roles: readonly string[];
  /** The application credential it was made with; it ends with that. Null where it was a login. */
  readonly credentialId?: string | null;
  readonly name: string;
  readonly url: string;
  readonly format: WebhookFormat;
  /** Null: all. */
  readonly servers: readonly string[] | null;
  readonly hostStatus: readonly HostStatus[] | null;
  /** `whsec_` and base64 (Standard Webhooks). */
  readonly secret: string;
  /** The secret before it, with which deliveries are signed too until then; null where there is no such time. */
  readonly oldSecret: string | null;
  readonly oldSecretUntil: Instant | null;
  readonly state: WebhookState;
  readonly reason: string | null;
  /** Last row of the project's stream that it is past. */
  readonly seq: number;
  /** The same by `unknownSeq`: what an owner under the policy `unknown-only` may know of it. */
  readonly unknownSeq: number;
  /** Failed ones of the delivery that is due. */
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
  /** Changes these fields. @returns it as it is then; undefined if it is gone */
  change(id: string, fields: Partial<Omit<Webhook, 'id' | 'projectId'>>): Promise<Webhook | undefined>;
  /** @returns whether there was one */
  remove(id: string): Promise<boolean>;
}
