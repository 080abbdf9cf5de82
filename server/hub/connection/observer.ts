import type { Health, ObserverState } from '../../../client-sdk/protocol/downstream.ts';
import { type Instant, rfc3339 } from '../../domain/clock.ts';
import type { ServiceKey } from '../../domain/service.ts';

/** PORT. How well hostbeat itself sees: told to every client with each `health`. Liveness provides it. */
export interface ObserverView {
  state(): ObserverState;
  /** Why it is not `ok`, in words. */
  reason(): string | undefined;
  /** Since when it has watched without a break. */
  observingSince(): Instant;
  /** Does it count as live only because it was so before the start, and has not been waited for long enough? */
  doubtAbout(service: ServiceKey): 'grace' | 'never_heard' | undefined;
}

/** In the words of the frame `health`. */
export function healthOf(observer: ObserverView): Omit<Health, 'type' | 'subscriptions'> {
  const reason = observer.reason();
  return {
    observer: observer.state(),
    ...(reason === undefined ? {} : { reason }),
    observing_since: rfc3339(observer.observingSince()),
  };
}

/**
 * The same as JSON without braces. Asked for by one connection after the other, many in a turn of the event loop: looked
 * at once in each, and made anew only when it has changed.
 */
export function healthTextOf(observer: ObserverView): () => string {
  let text = '';
  let told: readonly unknown[] = [];
  let isFresh = false;
  return () => {
    if (isFresh) return text;
    const now = [observer.state(), observer.reason(), observer.observingSince()];
    if (now.some((value, n) => value !== told[n])) text = JSON.stringify(healthOf(observer)).slice(1, -1);
    told = now;
    isFresh = true;
    queueMicrotask(() => {
      isFresh = false;
    });
    return text;
  };
}
