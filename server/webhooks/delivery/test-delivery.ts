import { randomUUID } from 'node:crypto';
import { FairQueue } from '../../limits/fair-queue.ts';
import type { Webhook } from '../../ports/webhook-store.ts';
import type { CourierContext } from './courier-context.ts';
import { testMessage } from './messages.ts';
import type { PostOutcome } from './post.ts';
import { postSigned } from './signed-post.ts';

const LIMITS = { running: 16, runningPerKey: 2, waiting: 128, waitingPerKey: 4, what: 'test deliveries' };

/** Delivers test messages that owners ask for, independent of the stream. */
export class TestDelivery {
  readonly #context: Pick<CourierContext, 'post' | 'clock'>;
  readonly #queue = new FairQueue(LIMITS);

  constructor(context: Pick<CourierContext, 'post' | 'clock'>) {
    this.#context = context;
  }

  /** @throws DomainError `too_many` or `unavailable` above the limits of tests; CallerGone */
  send(webhook: Webhook, signal: AbortSignal | undefined): Promise<PostOutcome> {
    const work = () => {
      const message = testMessage(webhook, randomUUID(), this.#context.clock.now());
      return postSigned(webhook, message, this.#context, signal);
    };
    return this.#queue.run(webhook.projectId, work, signal);
  }
}
