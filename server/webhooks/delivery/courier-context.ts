import type { Clock } from '../../domain/clock.ts';
import type { Policy } from '../../identity/policy-port.ts';
import type { FairQueue } from '../../limits/fair-queue.ts';
import type { Store } from '../../ports/store.ts';
import type { Webhook, WebhookStore } from '../../ports/webhook-store.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { SetTimer } from '../../timers.ts';
import type { DeliveryMessage } from './messages.ts';
import type { PostOutcome } from './post.ts';

/** The roles that the maker of a webhook has in its project now; undefined if that user may no longer receive. */
export type CurrentRoles = (webhook: Webhook) => Promise<readonly string[] | undefined>;

/** Sends one message to an endpoint. */
export type Post = (
  url: URL,
  message: DeliveryMessage,
  signature: Readonly<Record<string, string>>,
  projectId: string,
  signal?: AbortSignal,
) => Promise<PostOutcome>;

export interface CourierContext {
  readonly webhooks: Pick<WebhookStore, 'change'>;
  readonly store: Pick<Store, 'epoch' | 'bounds' | 'log'>;
  readonly policy: Policy;
  readonly rolesNow: CurrentRoles;
  readonly post: Post;
  /** Limited per project. */
  readonly deliveries: FairQueue;
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /** 0 <= x < 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Called when a webhook is given up, for metrics. Must not throw. */
  readonly onParked?: () => void;
}
