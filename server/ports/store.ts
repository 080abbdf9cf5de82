/**
 * PORT. The database as hostbeat needs it, and the only way state changes. Rules are not here: a caller hands in a
 * pure, synchronous decision; the adapter runs it inside its transaction on the current row, writes the new row
 * and the log in one commit, and only then announces it. Every method is asynchronous so that a database across a
 * network can implement the same port. `tests/contract/store.contract.ts` says what an adapter must do.
 */
import type { Facts, ServerState, ServiceState } from '../../client-sdk/protocol/items.ts';
import type { Instant } from '../domain/clock.ts';
import type { InstanceDecision, ServiceDecision } from '../domain/decision.ts';
import type { Drill, DrillDecision, StateOf } from '../domain/drill.ts';
import type { Flavor, Instance, InstanceAction, Usage } from '../domain/instances/instance.ts';
import type { ComputeOf } from '../domain/instances/placement.ts';
import type { Service, ServiceKey, ServiceRef } from '../domain/service.ts';
import type { InstancePage, InstanceQuery } from './instance-query.ts';

/**
 * A stream's name: `hosts` for operators, `project:<id>` for an owner. Each is one dense sequence from 1 without a
 * gap: a client can prove completeness by itself, and its numbers say nothing about other owners.
 */
export type StreamName = 'hosts' | `project:${string}`;

export function projectStream(projectId: string): StreamName {
  return `project:${projectId}`;
}

/**
 * One row of the log: what one commit meant for one stream. `items` is the JSON text of the array that goes on the
 * wire, encoded once, at commit. A commit with many items for one stream is cut into several rows.
 */
export interface LogRow {
  readonly stream: StreamName;
  readonly seq: number;
  readonly at: Instant;
  readonly items: string;
  /** Entry of the lineage in which it was committed; 0 for a row older than the lineage. See `Store.lineage`. */
  readonly entry: number;
  /** Its number among the rows that show something under the policy `unknown-only`: 1, 2, 3 …; null for the others. */
  readonly unknownSeq: number | null;
}

/** What counts the rows of a stream: `seq`, or `unknownSeq`, which passes over what that policy hides. */
export type Numbering = 'all' | 'unknown-only';

/** Newest and oldest row that can be replayed. A stream without any row has head 0 and floor 1. */
export interface NumberedBounds {
  readonly head: number;
  readonly floor: number;
  /** Lineage entry in which the row at the head was written; 0 if there never was one. */
  readonly headEntry: number;
  /** The same for the row before the floor, which was trimmed. */
  readonly floorEntry: number;
}

export interface StreamBounds extends NumberedBounds {
  /** The same by `unknownSeq`. */
  readonly unknownOnly: NumberedBounds;
  /** Lineage entry in which the next row will be written. */
  readonly entry: number;
}

/**
 * One entry of the log's lineage, as PostgreSQL's timelines: a stretch of the log in which no other state can have
 * replaced it. `entry` is random (1 to 2^48 - 1), so that two histories that branch from one file never share one.
 */
export interface LineageEntry {
  readonly entry: number;
  readonly at: Instant;
  /**
   * How many commits with changes (or, where rows are numbered over all streams, rows) the log had when the entry
   * began.
   */
  readonly head: number;
  readonly why: 'start' | 'clock';
}

/** What one transaction did, announced after its commit, in the order of commits. */
export interface Committed {
  readonly rows: readonly LogRow[];
  /** Services as they are now, for listeners that keep them in memory. */
  readonly services: readonly Service[];
  readonly removedServices: readonly Service[];
  /** Users and projects whose rights or webhooks this commit changed, where other processes must know. */
  readonly touched?: readonly Touched[];
}

/** The owner of the changed accounts, tokens or webhooks: a user, a project, or both. */
export interface Touched {
  readonly userId?: string;
  readonly projectId?: string;
  readonly webhooks?: true;
  /** Instead of an owner: cursors are sealed with another key. */
  readonly cursorKeys?: true;
  /** Rights were given, and none taken. */
  readonly given?: true;
}

/**
 * Adds what is known of a service beyond its row to its state in a snapshot. Synchronous, without side effects.
 */
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
  /** Goes ahead of everything that waits for the next transaction. For DOWN and for lifting it. */
  readonly urgent?: boolean;
  /**
   * Only the leader of several nodes may commit it: it is refused as `unavailable`, alone, where the database has
   * another fence. Ignored where one process uses the database alone.
   */
  readonly fence?: number;
}

export interface LastSeen {
  readonly id: number;
  readonly at: Instant;
}

/**
 * `servers` counts the present instances on a host, in the same transaction. A decision may run more than once,
 * and only the last run counts: when its data is read across a network, or the transaction is tried again.
 */
export type ServiceDecide = (
  current: Service | undefined,
  servers: (host: string) => number,
) => ServiceDecision;
export type InstanceDecide = (current: Instance | undefined, computeOf: ComputeOf) => InstanceDecision;
/** `stateOf` knows the servers that were named to the store, and no other. */
export type DrillDecide = (drills: readonly Drill[], stateOf: StateOf) => DrillDecision;

/** Most log items in one row; a commit with more for one stream is cut, so that every frame stays bounded. */
export const MAX_ITEMS_PER_ROW = 1_000;

/** Moments before which rows of each kind are not kept. */
export interface KeptSince {
  /** Servers that were deleted before it, with their actions, and tokens of agents and watch keys that ended before it. */
  readonly deleted: Instant;
  readonly actions: Instant;
  readonly audit: Instant;
}

export interface Store {
  /**
   * Identity of the log: new when the database is new, was restored to an older point, or, on a database with standbys,
   * when another server took over from the one that was written to. It may change while the store is open.
   */
  readonly epoch: string;
  /** Seals cursors until the first rotation (cursor-key-store.ts), and all else; lives and dies with the database. */
  readonly signingKey: Uint8Array;

  /**
   * The entries of the log's lineage that are kept, newest first. A file that is put back by any means (a copy, a disk or
   * machine snapshot) brings an older log with it, whose numbers are then given a second time. So every start begins a new
   * entry, and so does the first commit after the wall clock has jumped against the monotonic one, which is how a
   * resumed machine looks from inside. **Each log row keeps the entry in which it was written**, and the pair of entry
   * and seq names one row for ever: a cursor names that pair, and one that names another row than the log has there is
   * answered `epoch`.
   *
   * On an engine with several nodes the current entry belongs to the log and not to a node: it stands in the row that is
   * every writer's lock (`head.entry`), a node that starts replaces it there, and every commit reads it with its number.
   * The columns that this needs are `log.entry`, `streams.entry` (of the row at the head), `streams.floor_entry` (of the
   * last row that was trimmed), the same for `unknownSeq`, and the table `lineage`. An engine that can tell a fail-over or a restore by itself may
   * also begin a new epoch then.
   */
  lineage(): Promise<readonly LineageEntry[]>;

  /**
   * Decides on one service and commits. Calls of one turn of the event loop share a transaction. What `decide`
   * throws rejects only this call and changes nothing. @returns the service as committed, undefined if it is
   * absent @throws DomainError `unavailable` if the database cannot store it; then nothing changed
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
   * `servers` are those of which the decision asks. A true change of a server takes it out of its drill in the commit of
   * that change, and says so in its item: see `onTrueChanges`.
   */
  updateDrills(projectId: string, servers: readonly string[], decide: DrillDecide): Promise<void>;
  /** Those that are under way, of one project or of all, in the order in which they started. */
  drills(projectId?: string): Promise<readonly Drill[]>;

  /**
   * Writes last reports in one transaction, without log rows or announcements. It also moves `updatedAt` forward,
   * as Nova's reports do. Ids that no longer exist are skipped.
   */
  writeLastSeen(batch: readonly LastSeen[]): Promise<void>;

  service(ref: ServiceRef): Promise<Service | undefined>;
  /** All services, by id. `host` and `binary` are exact. */
  services(filter?: { readonly host?: string; readonly binary?: string }): Promise<readonly Service[]>;
  /** The inputs of host_status: the facts of the `nova-compute` services of these hosts, by host. */
  computeFacts(hosts: readonly string[]): Promise<ReadonlyMap<string, Facts>>;

  /** Deleted ones included; callers look at `deletedAt`. */
  instance(id: string): Promise<Instance | undefined>;
  /** One page, in the query's order. */
  instances(query: InstanceQuery): Promise<InstancePage>;
  /** Number of present instances on a host. */
  countOnHost(host: string): Promise<number>;
  /** What present instances on a host are called, newest first, at most `limit`. */
  namesOnHost(
    host: string,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly name: string }[]>;

  /** Actions on an instance, newest first, at most the last 100. They are deleted with the instance's row. */
  actions(instanceId: string): Promise<readonly InstanceAction[]>;

  /** Declares flavors for all projects; replaces one of the same id. */
  putFlavors(flavors: readonly Flavor[]): Promise<void>;
  /** The declared flavors and those of a project's present instances (of all projects without it), by id. */
  flavors(projectId?: string): Promise<readonly Flavor[]>;
  /** What a project's present instances use, or those on a host. */
  usage(of: { readonly projectId: string } | { readonly host: string }): Promise<Usage>;

  bounds(stream: StreamName): Promise<StreamBounds>;
  /**
   * Rows with `after < seq <= upTo`, in order, at most `limit`. By `unknown-only` the same with `unknownSeq`, without the rows
   * that have none. Costs as much as it returns, also where nearly all rows have none.
   */
  log(
    stream: StreamName,
    after: number,
    upTo: number,
    limit: number,
    by?: Numbering,
  ): Promise<readonly LogRow[]>;
  /**
   * Rows of a stream that name this server, or this service in the operators' stream, newest first, with `seq < before`, at most `limit`. Costs as much as
   * it returns, however long the log is. The newest commits may be missing: see `keepHistory`.
   */
  history(stream: StreamName, serverId: string, before: number, limit: number): Promise<readonly LogRow[]>;
  /**
   * Brings the index behind `history` up to date with the log, one bounded piece of work per transaction. @returns
   * whether there is more to do
   */
  keepHistory(): Promise<boolean>;
  /**
   * Deletes the oldest rows over all streams, at most `batch` in one transaction: those from before `before`, and
   * those beyond the newest `keepRows`. Floors rise; heads stay, so no number is reused. @returns how many were
   * deleted; fewer than `batch` if they were large. 0: nothing is left to delete
   */
  trim(before: Instant, keepRows: number, batch: number): Promise<number>;

  /**
   * Deletes what is kept for looking back alone, at most `batch` rows of each kind in one transaction. It is in no
   * stream. @returns how many rows were deleted; 0: nothing is left to delete
   */
  forget(before: KeptSince, batch: number): Promise<number>;
  /**
   * Gives space that no row uses back to the disk, one bounded piece of work. @returns whether there is more. Absent
   * where the engine does so by itself
   */
  reclaim?(): Promise<boolean>;

  /** Present servers of a project by id. */
  projectSnapshot(projectId: string, remark?: SnapshotRemark): Promise<Snapshot<ServerState>>;
  hostsSnapshot(remark?: SnapshotRemark): Promise<Snapshot<ServiceState>>;

  /**
   * The only way changes are announced. Called after each commit with something to announce, in order, before the
   * promises of that commit resolve. A listener must not throw. Returns how to stop listening.
   */
  onCommit(listener: (committed: Committed) => void): () => void;

  /**
   * Called when `epoch` has changed: earlier announcements may not be in the log any more, and their numbers may
   * be reused. Listeners that keep state read it again. A listener must not throw. Returns how to stop.
   */
  onEpoch(listener: () => void): () => void;

  /**
   * Why this database cannot record, in operator-facing words: a full disk, an outsider's lock, damage. Calls are
   * refused as `unavailable` meanwhile. Undefined while all is well; the adapter notices by itself when it is
   * over.
   */
  trouble(): string | undefined;

  /** What an operator should look at although everything necessary is recorded. Undefined if there is nothing. */
  warning?(): string | undefined;

  close(): Promise<void>;
}
