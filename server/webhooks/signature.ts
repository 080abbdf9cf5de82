/** Standard Webhooks 1.0: who sends, and that it is he, and when. https://www.standardwebhooks.com */
import { createHmac } from 'node:crypto';
import type { Instant } from '../domain/clock.ts';

const PREFIX = 'whsec_';
/** Within the 24 to 64 that the specification allows. */
const SECRET_BYTES = 32;

export function newWebhookSecret(random: (size: number) => Uint8Array): string {
  return PREFIX + Buffer.from(random(SECRET_BYTES)).toString('base64');
}

/** The three headers of one message. The id is the same for every attempt, the timestamp is that of this one. */
export function signatureHeaders(
  secret: string,
  id: string,
  body: string,
  at: Instant,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1_000));
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
