import type { Health } from '../../../client-sdk/protocol/downstream.ts';
import { type Instant, rfc3339 } from '../../domain/clock.ts';
import type { Observer } from '../../domain/silence/observer.ts';

/** Who reads it: owners get a code, operators also the words. */
export type HealthAudience = 'owners' | 'operators';

/** The observer's state in the fields of the frame `health`. */
export function healthOf(
  observer: Observer,
  audience: HealthAudience,
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
 * The same as JSON without braces. Many connections ask for it in one turn of the event loop: it is made once per turn.
 */
export function healthTextOf(observer: Observer, audience: HealthAudience, now: () => Instant): () => string {
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
