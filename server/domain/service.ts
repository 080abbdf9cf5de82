/**
 * Defines the terms of the domain. A **service** is one recorded Nova worker process, keyed by `(host, binary)`. A
 * **report** is one message "I am alive"; after **service_down_time** without a report a service is not live.
 * **forced_down** is an operator's assertion that the host is down, **disabled** the scheduling switch. An
 * **instance** is a VM, called *server* in the public APIs. **host_status** is what an instance's owner may see,
 * derived from the service `nova-compute` on the instance's host.
 */
import type { Evidence, Facts, Fence } from '../../client-sdk/protocol/items.ts';
import type { Duration, Instant } from './clock.ts';

/** The binary whose services decide host_status; Nova never looks at another. */
export const COMPUTE = 'nova-compute';

/** `id: 0` means not stored yet: the store assigns the number. */
export interface Service {
  /** Nova's integer id, shown below microversion 2.53. */
  readonly id: number;
  readonly uuid: string;
  readonly host: string;
  readonly binary: string;
  readonly zone: string;
  readonly disabled: boolean;
  readonly disabledReason: string | null;
  readonly forcedDown: boolean;
  readonly forcedDownAt: Instant | null;
  readonly forcedDownBy: string | null;
  readonly forcedDownReason: string | null;
  readonly fence: Fence;
  /** Its first report after it was forced down: what should have been fenced still runs. Null if there was none. */
  readonly heardForcedDownAt: Instant | null;
  /** How its silence was found; null while it is live. */
  readonly evidence: Evidence | null;
  /** Heard within its service_down_time, as last published. */
  readonly live: boolean;
  /** Last report, written in batches: it may trail by some seconds and decides nothing. */
  readonly lastSeenUp: Instant | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Since when it has given its present host_status. */
  readonly statusSince: Instant;
  /** Its own settings; null means the deployment's. */
  readonly reportIntervalMs: Duration | null;
  readonly serviceDownTimeMs: Duration | null;
}

export interface ServiceKey {
  readonly host: string;
  readonly binary: string;
}

/** How a caller may name a service: by key, by uuid (2.53 and later) or by Nova's integer id (before). */
export type ServiceRef = ServiceKey | { readonly uuid: string } | { readonly id: number };

export const NO_FACTS: Facts = { forced_down: false, disabled: false, live: false };

/** The three facts, in the wire's spelling. All false for a host without a service. */
export function factsOf(service: Service | undefined): Facts {
  if (service === undefined) return NO_FACTS;
  return { forced_down: service.forcedDown, disabled: service.disabled, live: service.live };
}

/** Compute services have a zone of their own, every other service is in `internal` (Nova). */
export function defaultZone(binary: string): string {
  return binary === COMPUTE ? 'nova' : 'internal';
}
