import type { Health } from '../../../client-sdk/protocol/downstream.ts';
import { type Instant, rfc3339 } from '../../domain/clock.ts';
import type { Observer } from '../../domain/silence/observer.ts';

/** The reader: owners get a code, operators the words too. */
export type Audience = 'owners' | 'operators';

/** In the words of the frame `health`. */
export function healthOf(
  observer: Observer,
  audience: Audience,
  now: Instant,
): Omit<Health, 'type' | 'subscriptions'> {
  const code = observer.code();
  const reason = audience === 'operators' ? observer.reason() : code;
  return {
    now: rfc3339(now),
    observer: observer.state(),
    ...(reason === undefined ? {} : { reason }),
    ...(code === undefined || audience === 'owners' ? {} : { code }),
    observing_since: rfc3339(observer.observingSince()),
  };
}

/**
 * The same as JSON without braces. Asked for by one connection after the other, many in a turn of the event loop: made
 * once in each.
 */
export function healthTextOf(observer: Observer, audience: Audience, now: () => Instant): () => string {
  let text = '';
  let isFresh = false;
  return () => {
    if (isFresh) return text;
    text = JSON.stringify(healthOf(observer, audience, now())).slice(1, -1);
    isFresh = true;
    queueMicrotask(() => {
      isFresh = false;
    });
    return text;
  };
}
