import type { ObserverState } from '../../client-sdk/protocol/downstream.ts';
import type { Instant } from '../domain/clock.ts';

/** PORT. How well hostbeat itself sees: told to every client with each `health`. Liveness provides it. */
export interface ObserverView {
  state(): ObserverState;
  /** Why it is not `ok`, in words. */
  reason(): string | undefined;
  /** Since when it has watched without a break. */
  observingSince(): Instant;
}
