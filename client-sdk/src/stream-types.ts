import type { ResetReason } from '../protocol/downstream.ts';
import type { Change, ServerState, ServiceChange, ServiceState } from '../protocol/items.ts';
import type { StreamKind } from '../protocol/upstream.ts';

/** The items of a stream: an owner's servers, or for operators the services. */
export type StateOf<K extends StreamKind> = K extends 'hosts' ? ServiceState : ServerState;
export type ChangeOf<K extends StreamKind> = K extends 'hosts' ? ServiceChange : Change;

/** The whole present state, as `servers`, or as `services` on the stream `hosts`. */
export type StatesOf<K extends StreamKind> = K extends 'hosts'
  ? { readonly services: readonly ServiceState[] }
  : { readonly servers: readonly ServerState[] };

/** The present state at the beginning. */
export type SnapshotItem<K extends StreamKind = 'project'> = { readonly type: 'snapshot' } & StatesOf<K>;

/**
 * Why a state came in place of changes: the server's reason; or `access`: the policy shows the client other things; or
 * `gap`: the server's log has a hole, also when the client asked again.
 */
export type ResetCause = ResetReason | 'access' | 'gap';

/**
 * The stream could not continue where it ended: the changes in between are not sent one by one. The state that comes
 * with it replaces all known state.
 */
export type ResetItem<K extends StreamKind = 'project'> = {
  readonly type: 'reset';
  readonly reason: ResetCause;
} & StatesOf<K>;

export interface ChangeItem<K extends StreamKind = 'project'> {
  readonly type: 'change';
  /** Place in the stream. Changes of one commit share it. */
  readonly seq: number;
  readonly change: ChangeOf<K>;
}

export type WatchItem<K extends StreamKind = 'project'> = SnapshotItem<K> | ResetItem<K> | ChangeItem<K>;

/** One frame's worth, in the order of the stream. */
export type Delivery<K extends StreamKind> =
  | {
      readonly type: 'state';
      readonly item: SnapshotItem<K> | ResetItem<K>;
      /** Undefined if the place is known only with the following items. */
      readonly cursor: string | undefined;
    }
  | {
      readonly type: 'event';
      readonly seq: number;
      readonly cursor: string;
      readonly changes: readonly ChangeOf<K>[];
    }
  /** No item for this subscription, but its place moved on. */
  | { readonly type: 'progress'; readonly cursor: string };
