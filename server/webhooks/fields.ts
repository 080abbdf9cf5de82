/** The fields of a webhook that follow from what its owner asks for. Pure, but for the random ids and secrets. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type { Duration, Instant } from '../domain/clock.ts';
import type { Identity } from '../identity/identity.ts';
import type { StreamBounds } from '../ports/log.ts';
import type { Webhook, WebhookFormat } from '../ports/webhook-store.ts';
import { UNTROUBLED } from './delivery/backoff.ts';
import { newWebhookSecret } from './delivery/signature.ts';
import type { Targets } from './targets.ts';

/** The fields that an owner sets. */
export interface NewWebhook {
  readonly url: string;
  readonly name: string;
  readonly format: WebhookFormat;
  readonly servers: readonly string[] | null;
  readonly hostStatus: readonly HostStatus[] | null;
}

/** The fields that an owner may change, and the states that it may set. */
export type WebhookChange = Partial<Omit<NewWebhook, 'format'>> & { readonly state?: 'active' | 'paused' };

export type WebhookFields = Partial<Omit<Webhook, 'id' | 'projectId'>>;

/**
 * A webhook that begins at the end of its project's stream.
 * @throws DomainError `invalid` for a URL that webhooks may not deliver to
 */
export function newWebhook(
  wanted: NewWebhook,
  maker: Identity,
  projectId: string,
  at: { readonly now: Instant; readonly bounds: StreamBounds; readonly targets: Targets },
): Webhook {
  const { now, bounds, targets } = at;
  return {
    ...wanted,
    id: randomUUID(),
    url: targets.check(wanted.url),
    projectId,
    ...makerFields(maker),
    secret: newWebhookSecret(randomBytes),
    oldSecret: null,
    oldSecretUntil: null,
    state: 'active',
    reason: null,
    seq: bounds.head,
    unknownSeq: bounds.unknownOnly.head,
    ...UNTROUBLED,
    lastDeliveredAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** The user who makes or changes a webhook: it delivers what this user may see. */
export function makerFields({ userId, roles, credentialId }: Identity) {
  return { userId, roles, credentialId: credentialId ?? null };
}

/**
 * A reactivated webhook continues where it stopped.
 * @throws DomainError `invalid` for a URL that webhooks may not deliver to
 */
export function changedFields(change: WebhookChange, targets: Targets): WebhookFields {
  const { url, ...rest } = change;
  const resumed = change.state === 'active' ? { ...UNTROUBLED, reason: null } : {};
  return {
    ...rest,
    // The failures of the old URL do not delay the new one: it is tried at once.
    ...(url === undefined ? {} : { ...UNTROUBLED, url: targets.check(url) }),
    ...(change.state === 'paused' ? { reason: null } : resumed),
  };
}

/** A new secret, in force at once; for `overlap`, deliveries are also signed with the old one. */
export function rotatedSecret({ secret }: Webhook, overlap: Duration, now: Instant): WebhookFields {
  const old =
    overlap === 0
      ? { oldSecret: null, oldSecretUntil: null }
      : { oldSecret: secret, oldSecretUntil: now + overlap };
  return { ...UNTROUBLED, ...old, secret: newWebhookSecret(randomBytes) };
}
