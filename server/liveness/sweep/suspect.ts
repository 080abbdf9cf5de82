import type { Cause, Evidence } from '../../../client-sdk/protocol/items.ts';
import type { Service } from '../../domain/service.ts';
import type { ServiceRegistry } from '../services/registry.ts';

/** Why a service is thought to be silent. */
export type SilenceCause = Extract<Cause, 'timeout' | 'connection_lost' | 'goodbye' | 'mass'>;

/** A service that is about to be called silent. It is looked at once more before it is, and may then be let go. */
export interface Suspicion {
  readonly slot: number;
  /** The service's own id: by the time of the second look the slot may be another's. */
  readonly service: number;
  readonly cause: SilenceCause;
  /** How the silence was found; for one whose deadline passed it is looked up when it is committed. */
  readonly evidence: Evidence;
  /** How many reports had come: one more, and the suspicion is void. */
  readonly reports: number;
  /** Names the mass it is part of, if it is part of one. */
  readonly mass?: string;
}

export function suspicionOf(
  slot: number,
  service: Service,
  registry: ServiceRegistry,
  cause: SilenceCause = 'timeout',
  evidence: Evidence = 'none',
): Suspicion {
  return { slot, service: service.id, cause, evidence, reports: registry.lastReports.reports(slot) };
}
