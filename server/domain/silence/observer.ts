/** PORT. How well hostbeat itself sees the hosts. Liveness provides it; health frames and readiness report it. */
import type { HealthCode, ObserverState } from '../../../client-sdk/protocol/downstream.ts';
import type { Instant } from '../clock.ts';
import type { ServiceKey } from '../service.ts';

export interface ObserverHealth {
  state(): ObserverState;
  /** Why it is not `ok`, in words that count services and name zones: for operators. Undefined if it is `ok`. */
  reason(): string | undefined;
  /** The same as one of a few words that reveal nothing about the site: for owners. */
  code(): HealthCode | undefined;
  /** Since when it has observed without a break. */
  observingSince(): Instant;
}

export interface Observer extends ObserverHealth {
  /**
   * Why a service counts as live although this process has not heard it: it was live before the start and its grace is
   * not over (`grace`), or it was declared live (`never_heard`).
   */
  doubtAbout(service: ServiceKey): 'grace' | 'never_heard' | undefined;
}
