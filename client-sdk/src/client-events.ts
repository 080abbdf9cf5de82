import type { Health } from '../protocol/downstream.ts';
import type { StreamKind } from '../protocol/upstream.ts';
import type { ConnectionState } from './connection/connection-state.ts';
import type { TrackerState } from './connection/server-health.ts';
import type { HostbeatError } from './errors.ts';
import type { ChangeOf, Delivery, ResetItem, SnapshotItem } from './stream-types.ts';

/** The events of a client, by name. */
export type ClientEvents<K extends StreamKind = 'project'> = {
  state: ConnectionState;
  /** The state at the beginning. */
  snapshot: SnapshotItem<K>;
  /** All known state is replaced; see `ResetItem`. */
  reset: ResetItem<K>;
  /** One commit, whole. */
  event: { readonly seq: number; readonly cursor: string; readonly changes: readonly ChangeOf<K>[] };
  /** Each change of an event. */
  change: ChangeOf<K>;
  health: Health;
  tracker: TrackerState;
  /** The application has taken everything up to this cursor. */
  cursor: string;
  /** Emitted, not thrown. After one whose `shouldRetry()` is false the state is `stopped`. */
  error: HostbeatError;
};

/** Takes deliveries at its own pace. Without a consumer, a delivery counts as taken when its listeners have returned. */
export interface Consumer<K extends StreamKind> {
  /**
   * @param taken called when the application has taken all of the delivery
   * @returns a promise if it can take no more for now; it resolves when it can again
   */
  accept(delivery: Delivery<K>, taken: () => void): Promise<void> | undefined;
}
