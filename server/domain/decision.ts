import type { Cause, Change } from '../../client-sdk/protocol/items.ts';
import type { AuditEntry } from './audit.ts';
import type { Instant } from './clock.ts';
import type { HostStatusOrder } from './host-status.ts';
import type { Instance, InstanceAction } from './instances/instance.ts';
import type { Service } from './service.ts';
import type { SilenceRecord } from './silence/silence-record.ts';

/** A deployment's settings that the rules depend on. */
export interface Rules {
  readonly order: HostStatusOrder;
  /** Whether owners may read disabled_reason and the reason of a force-down; Nova hides them. */
  readonly ownersSeeReason: boolean;
}

/** Why and when something happened, and who did it. */
export interface Occurrence {
  readonly cause: Cause;
  readonly at: Instant;
  /** Operators only. */
  readonly actor?: string;
  /** Bounds of the true instant, where only a range is known. */
  readonly observed?: readonly [Instant, Instant];
  readonly correlationId?: string;
  readonly detectedAfterRestart?: boolean;
  readonly flapping?: boolean;
}

/** A change of a service: before and after. Absent before: added. Absent after: removed. */
export interface ServiceNews extends Occurrence {
  readonly before: Service | undefined;
  readonly after: Service | undefined;
}

/**
 * The new row and its change, committed together. `service === current` asks for no write; `undefined` deletes.
 * Without a change nothing is logged and nothing is announced.
 */
export interface ServiceDecision {
  readonly service: Service | undefined;
  readonly news?: ServiceNews;
  /** The record of an operator's action. */
  readonly audit?: AuditEntry;
  /** Why the service was called silent, stored beside the change. */
  readonly silence?: SilenceRecord;
}

/**
 * Like ServiceDecision, for one instance. Its change concerns one owner and one server, so it is itself the log item.
 */
export interface InstanceDecision {
  readonly instance: Instance | undefined;
  readonly news?: Change;
  /** The record of an operator's action. */
  readonly audit?: AuditEntry;
  /** Stored with the instance, announced to no one. */
  readonly action?: InstanceAction;
}
