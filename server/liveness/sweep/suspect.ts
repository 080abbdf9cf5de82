import type { Cause, Evidence } from '../../../client-sdk/protocol/items.ts';
import type { Monotonic } from '../../domain/clock.ts';
import type { Service } from '../../domain/service.ts';
import type { ServiceRegistry } from '../services/registry.ts';

/** Why a service is believed to be silent. */
export type SilenceCause = Extract<Cause, 'timeout' | 'connection_lost' | 'goodbye' | 'mass'>;

/** A service about to be called silent. A second look follows, which may withdraw the suspicion. */
export interface Suspicion {
  readonly slot: number;
  /** The service's own id: by the second look another service may have the slot. */
  readonly service: number;
  readonly cause: SilenceCause;
  /** How the silence was found; for a passed deadline, the commit determines it. */
  readonly evidence: Evidence;
  /** When its connection ended, or its agent said goodbye. */
  readonly left?: Monotonic;
  /** Number of reports at the first look: one more makes the suspicion void. */
  readonly reports: number;
  /** Names the mass silence that it belongs to, if any. */
  readonly mass?: string;
}

export function suspicionOf(
  slot: number,
  service: Service,
  registry: ServiceRegistry,
  cause: SilenceCause = 'timeout',
  evidence: Evidence = 'none',
  left?: Monotonic,
): Suspicion {
  const reports = registry.lastReports.reports(slot);
  return { slot, service: service.id, cause, evidence, reports, ...(left === undefined ? {} : { left }) };
}
