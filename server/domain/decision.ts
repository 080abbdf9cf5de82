import type { Cause, Change } from '../../client-sdk/protocol/items.ts';
import type { AuditEntry } from './audit.ts';
import type { Instant } from './clock.ts';
import type { HostStatusOrder } from './host-status.ts';
import type { Instance, InstanceAction } from './instance.ts';
import type { Service } from './service.ts';

/** A deployment's choices that the rules depend on. */
export interface Rules {
  readonly order: HostStatusOrder;
  /** Whether owners may read disabled_reason and the reason of a force-down; Nova hides them. */
  readonly ownersSeeReason: boolean;
}

/** Why and when a thing happened, and by whom. */
export interface Occurrence {
  readonly cause: Cause;
  readonly at: Instant;
  /** Operators only. */
  readonly actor?: string;
  /** Bounds of the true instant, where it is known only as a span. */
  readonly observed?: readonly [Instant, Instant];
  readonly correlationId?: string;
  readonly detectedAfterRestart?: boolean;
  readonly flapping?: boolean;
}

/** News of a service: what it was and what it is. Absent before: added. Absent after: removed. */
export interface ServiceNews extends Occurrence {
  readonly before: Service | undefined;
  readonly after: Service | undefined;
}

/**
 * The new row and the news, to be committed together. `service === current` asks for no write; `undefined` deletes.
 * Without news nothing is logged and nobody is told.
 */
export interface ServiceDecision {
  readonly service: Service | undefined;
  readonly news?: ServiceNews;
  /** Of an operator's action. */
  readonly audit?: AuditEntry;
}

/** As ServiceDecision, for one instance. Its news concerns one owner and one server, so it is the log item itself. */
export interface InstanceDecision {
  readonly instance: Instance | undefined;
  readonly news?: Change;
  /** Of an operator's action. */
  readonly audit?: AuditEntry;
  /** Kept with the instance, told to nobody. */
  readonly action?: InstanceAction;
}
