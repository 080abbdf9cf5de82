import type { Webhook } from '../../ports/webhook-store.ts';
import type { CourierContext } from './courier-context.ts';
import type { DeliveryMessage } from './messages.ts';
import type { PostOutcome } from './post.ts';
import { secretsOf, signatureHeaders } from './signature.ts';

/** Sends one message to the webhook's endpoint, signed at this moment with the secrets in force. */
export function postSigned(
  webhook: Webhook,
  message: DeliveryMessage,
  { post, clock }: Pick<CourierContext, 'post' | 'clock'>,
  signal?: AbortSignal,
): Promise<PostOutcome> {
  const now = clock.now();
  const signature = signatureHeaders(secretsOf(webhook, now), message.id, message.body, now);
  return post(new URL(webhook.url), message, signature, webhook.projectId, signal);
}
