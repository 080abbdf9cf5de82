/** How far the webhooks of a project are with one row of its stream. */
import type { LogRow } from '../ports/log.ts';
import type { Webhook } from '../ports/webhook-store.ts';

/** Most webhooks shown for one row. */
const MOST_SHOWN = 20;

/** The webhooks that existed when the row was committed, oldest first. */
export function webhooksShown(
  webhooks: readonly Webhook[],
  { seq, at }: Pick<LogRow, 'seq' | 'at'>,
): WebhookShown[] {
  return webhooks
    .filter(({ createdAt }) => createdAt <= at)
    .slice(0, MOST_SHOWN)
    .map((webhook) => ({
      webhook_id: webhook.id,
      name: webhook.name,
      state: webhook.seq >= seq ? 'past' : webhook.state === 'active' ? 'waiting' : webhook.state,
      attempts: webhook.seq >= seq ? 0 : webhook.attempts,
    }));
}

export interface WebhookShown {
  readonly webhook_id: string;
  readonly name: string;
  /** `past`: the row was delivered, or has nothing that the webhook asks for. */
  readonly state: 'past' | 'waiting' | 'paused' | 'parked';
  /** Failed attempts so far of the present delivery. */
  readonly attempts: number;
}
