import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import type { Upstream } from '../../../client-sdk/protocol/upstream.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Outbox } from '../delivery/outbox.ts';
import type { Subscriptions } from './subscriptions.ts';

/** An authenticated client's request about its subscriptions. */
export type Request = Extract<Upstream, { type: 'subscribe' | 'unsubscribe' | 'ack' }>;

export interface RequestOptions {
  readonly identity: Identity;
  readonly subscriptions: Subscriptions;
  readonly outbox: Outbox;
  /** Only for the text of the refusal; the subscriptions know when they are full. */
  readonly maxSubscriptions: number;
}

export function answerRequest(request: Request, options: RequestOptions): void {
  const { identity, subscriptions, outbox, maxSubscriptions } = options;
  const { id } = request;
  if (request.type === 'subscribe') {
    if (subscriptions.has(id)) {
      const message = `id: a subscription "${id}" is open on this connection`;
      outbox.refuse('duplicate_id', message, CLOSE.duplicateSubscription, id);
    } else if (subscriptions.isFull) {
      const message = `a connection may have ${maxSubscriptions} subscriptions: end one first`;
      outbox.send({ type: 'error', code: 'limit', message, id });
    } else {
      subscriptions.open(request, identity);
    }
  } else if (!subscriptions.has(id)) {
    outbox.send({ type: 'error', code: 'unknown_id', message: `id: no subscription "${id}" is open`, id });
  } else if (request.type === 'unsubscribe') {
    subscriptions.close(id);
  } else if (!subscriptions.ack(id, request.cursor)) {
    outbox.send({ type: 'error', code: 'bad_cursor', message: 'cursor: was never sent for this stream', id });
  }
}
