import type { Health, HealthCode, ObserverState } from '../../../client-sdk/protocol/downstream.ts';
import { type Instant, rfc3339 } from '../../domain/clock.ts';
import type { ServiceKey } from '../../domain/service.ts';

/** PORT. How well hostbeat itself sees: told to every client with each `health`. Liveness provides it. */
export interface ObserverView {
  state(): ObserverState;
  /** Why it is not `ok`, or whom it has not heard yet, in words that count services and name zones: for operators. */
  reason(): string | undefined;
  /** The same as one of a few words that say nothing of the site: for owners. */
  code(): HealthCode | undefined;
  /** Since when it has watched without a break. */
  observingSince(): Instant;
  /** Does it count as live only because it was so before the start, and has not been waited for long enough? */
  doubtAbout(service: ServiceKey): 'grace' | 'never_heard' | undefined;
}

/** Who is to read it: owners are sent a code, operators the words too. */
export type Audience = 'owners' | 'operators';

/** In the words of the frame `health`. */
export function healthOf(
  observer: ObserverView,
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
export function healthTextOf(observer: ObserverView, audience: Audience, now: () => Instant): () => string {
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
