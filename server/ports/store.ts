/**
 * PORT. The database as hostbeat needs it, and the only way to change state. Rules are not here: a caller passes in a
 * pure, synchronous decision; the adapter runs it inside its transaction on the current row, writes the new row and the
 * log in one commit, and only then announces it. Every method is asynchronous so that a database across a network can
 * implement the same port. `tests/contract/store.contract.ts` says what an adapter must do.
 */
import type { Facts, ServerState, ServiceState } from '../../client-sdk/protocol/items.ts';
import type { Instant } from '../domain/clock.ts';
import type { InstanceDecision, ServiceDecision } from '../domain/decision.ts';
import type { Drill, DrillDecision, StateOf } from '../domain/drill.ts';
import type { Flavor, Instance, InstanceAction, Usage } from '../domain/instances/instance.ts';
import type { ComputeOf } from '../domain/instances/placement.ts';
import type { Service, ServiceKey, ServiceRef } from '../domain/service.ts';
import type { Committed } from './committed.ts';
import type { InstancePage, InstanceQuery } from './instance-query.ts';
import type { LineageEntry, LogRow, Numbering, StreamBounds, StreamName } from './log.ts';

/** Adds to a service's state in a snapshot what is known beyond its row. Synchronous, without side effects. */
export type SnapshotRemark = (service: ServiceKey) => Pick<ServiceState, 'confidence'>;

/** Current state with the stream position at which it was read, both from one read transaction. */
export interface Snapshot<T> {
  readonly head: number;
  /** Lineage entry in which the row at `head` was written; 0 if there never was one. */
  readonly entry: number;
  /** The same by `unknownSeq`. */
  readonly unknownOnly: { readonly head: number; readonly entry: number };
  readonly items: readonly T[];
}

export interface CommitPriority {
  /** Runs before everything that waits for the next transaction. For DOWN and for lifting it. */
  readonly urgent?: boolean;
  /**
   * Only the leader of several nodes may commit it: the adapter refuses it as `unavailable`, alone, if the database has
   * another fence. Ignored where one process uses the database alone.
   */
  readonly fence?: number;
}

export interface LastSeen {
  readonly id: number;
  readonly at: Instant;
}

/**
 * `servers` counts the present instances on a host, in the same transaction. A decision may run more than once, and
 * only the last run counts: when its data is read across a network, or the transaction is tried again.
 */
export type ServiceDecide = (
  current: Service | undefined,
  servers: (host: string) => number,
) => ServiceDecision;
export type InstanceDecide = (current: Instance | undefined, computeOf: ComputeOf) => InstanceDecision;
/** `stateOf` knows only the servers that the caller named to the store. */
export type DrillDecide = (drills: readonly Drill[], stateOf: StateOf) => DrillDecision;

/** For each kind of row, the instant before which rows are not kept. */
export interface KeptSince {
  /** Servers deleted before it, with their actions, and tokens of agents and watch keys that ended before it. */
  readonly deleted: Instant;
  readonly actions: Instant;
  readonly audit: Instant;
}

export interface Store {
  /**
   * Identity of the log: new when the database is new, when somebody restored it to an older point, or, on a database
   * with standbys, when another server took over from the primary. It may change while the store is open.
   */
  readonly epoch: string;
  /**
   * Seals cursors until the first rotation (cursor-key-store.ts), and everything else; exists as long as the database.
   */
  readonly signingKey: Uint8Array;

  /**
   * The kept entries of the log's lineage, newest first. A file restored by any means (a copy, a disk or machine
   * snapshot) brings back an older log, which then assigns its numbers a second time. So every start begins a new
   * entry, and so does the first commit after the wall clock has jumped against the monotonic one, which is how a
   * resumed machine looks from inside. **Each log row keeps the entry in which it was written**, and the pair of entry
   * and seq names one row for ever: a cursor names such a pair, and if the log has another row there, the answer is
   * `epoch`.
   *
   * On an engine with several nodes the current entry belongs to the log and not to a node: it is in the row that every
   * writer locks (`head.entry`), a node that starts replaces it there, and every commit reads it with its number. The
   * columns for this are `log.entry`, `streams.entry` (of the row at the head), `streams.floor_entry` (of the last
   * trimmed row), the same for `unknownSeq`, and the table `lineage`. An engine that can detect a fail-over or a
   * restore by itself may also begin a new epoch then.
   */
  lineage(): Promise<readonly LineageEntry[]>;

  /**
   * Decides on one service and commits. Calls in one turn of the event loop share a transaction. If `decide` throws,
   * only this call rejects, and nothing changes. @returns the service as committed, undefined if it is absent @throws
   * DomainError `unavailable` if the database cannot store it; then nothing changed
   */
  updateService(
    ref: ServiceRef,
    decide: ServiceDecide,
    urgency?: CommitPriority,
  ): Promise<Service | undefined>;

  /** As updateService, for one instance. `computeOf` reads a host's compute service in the same transaction. */
  updateInstance(id: string, decide: InstanceDecide): Promise<Instance | undefined>;

  /**
   * Decides on the drills of one project, in the order in which they started, and commits them with their items.
   * `servers` are those that the decision needs to know. A true change of a server takes it out of its drill in the
   * commit of that change, and its item says so: see `onTrueChanges`.
   */
  updateDrills(projectId: string, servers: readonly string[], decide: DrillDecide): Promise<void>;
  /** The running drills of one project or of all, in the order in which they started. */
  drills(projectId?: string): Promise<readonly Drill[]>;

  /**
   * Writes last reports in one transaction, without log rows or announcements. It also moves `updatedAt` forward,
   * as Nova's reports do. Ids that no longer exist are skipped.
   */
  writeLastSeen(batch: readonly LastSeen[]): Promise<void>;

  service(ref: ServiceRef): Promise<Service | undefined>;
  /** All services, by id. `host` and `binary` match exactly. */
  services(filter?: { readonly host?: string; readonly binary?: string }): Promise<readonly Service[]>;
  /** The inputs of host_status: the facts of the `nova-compute` services of these hosts, by host. */
  computeFacts(hosts: readonly string[]): Promise<ReadonlyMap<string, Facts>>;

  /** Deleted ones included; callers look at `deletedAt`. */
  instance(id: string): Promise<Instance | undefined>;
  /** One page, in the query's order. */
  instances(query: InstanceQuery): Promise<InstancePage>;
  /** Number of present instances on a host. */
  countOnHost(host: string): Promise<number>;
  /** Names of the present instances on a host, newest first, at most `limit`. */
  namesOnHost(
    host: string,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly name: string }[]>;

  /** Actions on an instance, newest first, at most the last 100. They are deleted with the instance's row. */
  actions(instanceId: string): Promise<readonly InstanceAction[]>;

  /** Declares flavors for all projects; replaces those with the same id. */
  putFlavors(flavors: readonly Flavor[]): Promise<void>;
  /** The declared flavors and those of a project's present instances (of all projects without it), by id. */
  flavors(projectId?: string): Promise<readonly Flavor[]>;
  /** The resources that a project's present instances use, or those on a host. */
  usage(of: { readonly projectId: string } | { readonly host: string }): Promise<Usage>;

  bounds(stream: StreamName): Promise<StreamBounds>;
  /**
   * Rows with `after < seq <= upTo`, in order, at most `limit`. With `unknown-only`, the same by `unknownSeq`, without
   * the rows that have none. The cost depends only on the number of returned rows, even if nearly all rows have no
   * `unknownSeq`.
   */
  log(
    stream: StreamName,
    after: number,
    upTo: number,
    limit: number,
    by?: Numbering,
  ): Promise<readonly LogRow[]>;
  /**
   * Rows of a stream that name this server, or this service in the operators' stream, newest first, with `seq <
   * before`, at most `limit`. The cost depends only on the number of returned rows, however long the log is. The newest
   * commits may be missing: see `keepHistory`.
   */
  history(stream: StreamName, serverId: string, before: number, limit: number): Promise<readonly LogRow[]>;
  /**
   * Brings the index behind `history` up to date with the log, one bounded part per transaction. @returns whether there
   * is more to do
   */
  keepHistory(): Promise<boolean>;
  /**
   * Deletes the oldest rows over all streams, at most `batch` in one transaction: those from before `before`, and those
   * beyond the newest `keepRows`. Floors rise; heads stay, so no number is reused. @returns how many were deleted;
   * fewer than `batch` if they were large. 0: nothing is left to delete
   */
  trim(before: Instant, keepRows: number, batch: number): Promise<number>;

  /**
   * Deletes data that is kept only to look back, at most `batch` rows of each kind in one transaction. No stream has
   * it. @returns how many rows were deleted; 0: nothing is left to delete
   */
  forget(before: KeptSince, batch: number): Promise<number>;
  /**
   * Returns unused space to the disk, one bounded part at a time. @returns whether there is more. Absent where the
   * engine does so by itself
   */
  reclaim?(): Promise<boolean>;

  /** Present servers of a project by id. */
  projectSnapshot(projectId: string, remark?: SnapshotRemark): Promise<Snapshot<ServerState>>;
  hostsSnapshot(remark?: SnapshotRemark): Promise<Snapshot<ServiceState>>;

  /**
   * The only way to announce changes. Called after each commit with something to announce, in order, before the
   * promises of that commit resolve. A listener must not throw. Returns a function that stops listening.
   */
  onCommit(listener: (committed: Committed) => void): () => void;

  /**
   * Called when `epoch` has changed: earlier announcements may no longer be in the log, and their numbers may be
   * reused. Listeners that keep state read it again. A listener must not throw. Returns a function that stops
   * listening.
   */
  onEpoch(listener: () => void): () => void;

  /**
   * Why this database cannot record, in operator-facing words: a full disk, another program's lock, damage. It refuses
   * calls as `unavailable` meanwhile. Undefined while it can record; the adapter itself notices when the trouble has
   * ended.
   */
  trouble(): string | undefined;

  /**
   * A condition that an operator should check although everything necessary is recorded. Undefined if nothing needs a check.
   */
  warning?(): string | undefined;

  close(): Promise<void>;
}
