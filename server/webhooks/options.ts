import type { Duration } from '../domain/clock.ts';
import { FairQueue } from '../limits/fair-queue.ts';
import type { Store } from '../ports/store.ts';
import type { WebhookStore } from '../ports/webhook-store.ts';
import type { CourierContext, CurrentRoles } from './delivery/courier-context.ts';
import type { CouriersContext } from './delivery/couriers.ts';
import { post } from './delivery/post.ts';
import type { Targets } from './targets.ts';

export interface WebhooksOptions
  extends Pick<CourierContext, 'policy' | 'clock' | 'setTimer' | 'logger'>,
    Partial<Pick<CourierContext, 'random' | 'post' | 'onParked'>> {
  readonly webhooks: WebhookStore;
  readonly store: Pick<Store, 'epoch' | 'bounds' | 'log' | 'onCommit'>;
  /** Without it, a webhook keeps the roles that its maker had. */
  readonly rolesNow?: CurrentRoles;
  readonly targets: Targets;
  readonly maxPerProject: number;
  /** How long an endpoint may take to answer. */
  readonly timeout?: Duration;
}

const TIMEOUT: Duration = 10_000;
/** The queue is bounded by the number of webhooks: each has one delivery at a time. */
const DELIVERIES = {
  running: 256,
  runningPerKey: 8,
  waiting: Number.POSITIVE_INFINITY,
  waitingPerKey: Number.POSITIVE_INFINITY,
  what: 'deliveries',
};

/** What couriers need, from the options. */
export function couriersContext(options: WebhooksOptions): CouriersContext {
  const { targets, timeout = TIMEOUT } = options;
  return {
    ...options,
    rolesNow: options.rolesNow ?? (async ({ roles }) => roles),
    random: options.random ?? Math.random,
    deliveries: new FairQueue(DELIVERIES),
    post:
      options.post ??
      ((url, message, signature, projectId, signal) =>
        post(url, message, signature, { targets, projectId, timeout, signal })),
  };
}
