/** Standard Webhooks 1.0 signatures: prove the sender and the time. https://www.standardwebhooks.com */
import { createHmac } from 'node:crypto';
import type { Instant } from '../../domain/clock.ts';
import type { Webhook } from '../../ports/webhook-store.ts';

const PREFIX = 'whsec_';
/** The specification allows 24 to 64. */
const SECRET_BYTES = 32;

export function newWebhookSecret(random: (size: number) => Uint8Array): string {
  return PREFIX + Buffer.from(random(SECRET_BYTES)).toString('base64');
}

/** The three headers of one message. The id is the same for every attempt; the timestamp belongs to this one. */
export function signatureHeaders(
  secrets: string | readonly string[],
  id: string,
  body: string,
  at: Instant,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = [secrets].flat().map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/**
 * The secrets that sign a delivery now: the current one and, for the overlap that its owner chose, the one before it.
 */
export function secretsOf(
  { secret, oldSecret, oldSecretUntil }: Pick<Webhook, 'secret' | 'oldSecret' | 'oldSecretUntil'>,
  now: Instant,
): readonly string[] {
  return oldSecret !== null && (oldSecretUntil ?? 0) > now ? [secret, oldSecret] : [secret];
}
