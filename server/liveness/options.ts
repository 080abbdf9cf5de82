/** What liveness needs of its settings, and of the other parts of the server. */
import type { Config } from '../config/config.ts';
import type { Clock } from '../domain/clock.ts';
import type { Rules } from '../domain/decision.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { ExplanationLog } from '../ports/explanation-log.ts';
import type { Coordination } from '../ports/nodes.ts';
import type { Store } from '../ports/store.ts';
import type { Events } from '../telemetry/events.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Timers } from '../timers.ts';
import type { WitnessProbe } from './observer/witness.ts';

export type LivenessConfig = Pick<Config, 'reportInterval' | 'serviceDownTime' | 'reconnectWindow'> &
  Partial<Pick<Config, 'massHold' | 'flapDamping'>>;

export interface LivenessOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly config: LivenessConfig;
  readonly logger: Logger;
  readonly uuid: () => string;
  readonly timers?: Timers;
  /** Records callers that reported for a host that they may not report for. */
  readonly audit?: Pick<AuditLog, 'record'>;
  readonly events?: Events;
  /** Stores the observer's history; without it the history ends with the process. */
  readonly explanations?: ExplanationLog;
  /** Why reports may be lost before they reach this process, in words; undefined while none are. */
  readonly receiving?: () => string | undefined;
  /**
   * Resolves when this process has taken from the kernel everything that had reached the machine at the time of the
   * call.
   */
  readonly caughtUp?: () => Promise<void>;
  /** Present where several nodes share the database: which node leads, and what the other nodes have heard. */
  readonly coordination?: Coordination;
  /** Probes the witnesses; undefined where the settings name none. */
  readonly witness?: WitnessProbe;
}
