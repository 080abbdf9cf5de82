import type { ServerState, ServiceState } from '../../client-sdk/protocol/items.ts';
import type { Clock, Instant } from '../../server/domain/clock.ts';
import type { Rules } from '../../server/domain/decision.ts';
import type { Flavor, Instance } from '../../server/domain/instances/instance.ts';
import type { Service, ServiceRef } from '../../server/domain/service.ts';
import type { Committed } from '../../server/ports/committed.ts';
import type { LineageEntry, LogRow, Numbering, StreamBounds, StreamName } from '../../server/ports/log.ts';
import type {
  CommitPriority,
  DrillDecide,
  InstanceDecide,
  KeptSince,
  LastSeen,
  ServiceDecide,
  Snapshot,
  SnapshotRemark,
  Store,
} from '../../server/ports/store.ts';
import type { Logger } from '../../server/telemetry/logger.ts';
import { systemTimers } from '../../server/timers.ts';
import { Listeners } from '../listeners.ts';
import { TransactionDrills } from '../transaction-drills.ts';
import { CommitQueue, type CommitTimers, type Committing } from './commit/commit-queue.ts';
import { Gathered } from './commit/gathered.ts';
import type { Access } from './commit/queued.ts';
import { createRead, type Read } from './commit/read.ts';
import { Decisions } from './commit/run-decision.ts';
import { WriteHealth } from './commit/write-health.ts';
import { ComputeReads } from './compute-reads.ts';
import type { SqliteConnection } from './file/connection.ts';
import { unavailable } from './file/driver-errors.ts';
import { epochOf } from './file/epoch.ts';
import { Checkpointer, WAL_GROWN } from './file/upkeep/checkpointer.ts';
import { FreeSpace } from './file/upkeep/free-space.ts';
import type { WalBounds } from './file/upkeep/wal-size.ts';
import { InstanceQueries } from './queries/instances.ts';
import { Snapshots } from './queries/snapshots.ts';
import { SqliteRecords } from './records.ts';
import { ActionTable } from './tables/actions.ts';
import { DrillTable } from './tables/drills.ts';
import { FlavorTable } from './tables/flavors.ts';
import { Forgetting } from './tables/forget.ts';
import { HostFacts } from './tables/host-facts.ts';
import { InstanceTable } from './tables/instances.ts';
import { AuditTable } from './tables/log/audit.ts';
import { ExplanationTable } from './tables/log/explanations.ts';
import { HistoryTable } from './tables/log/history.ts';
import { Lineage } from './tables/log/lineage.ts';
import { LogTable } from './tables/log/log.ts';
import { ServiceTable } from './tables/services.ts';

export interface StoreOptions extends Partial<CommitTimers> {
  readonly clock: Clock;
  readonly rules: Rules;
  readonly logger: Logger;
  readonly wal?: WalBounds;
}

/** The port on SQLite. Writes wait in the commit queue; reads are answered at once, from what is committed. */
export class SqliteStore extends ComputeReads implements Store {
  /** Its audit log, and what was known when silences were decided. */
  readonly records: SqliteRecords;
  /** For tables that are read and written beside it. */
  readonly access: Access;
  readonly epoch: string;
  readonly signingKey: Uint8Array;
  readonly #client: SqliteConnection['client'];
  readonly #read: Read;
  readonly #lineage: Lineage;
  readonly #log: LogTable;
  readonly #history: HistoryTable;
  readonly #snapshots: Snapshots;
  readonly #explanations: ExplanationTable;
  readonly #decisions: Decisions;
  readonly #forgetting: Forgetting;
  readonly #freeSpace: FreeSpace;
  readonly #queue: CommitQueue<Gathered, Committed>;
  readonly #trouble: WriteHealth;
  readonly #checkpointer: Checkpointer;
  readonly #listeners: Listeners<Committed>;

  constructor(connection: SqliteConnection, { clock, rules, logger, wal, ...timers }: StoreOptions) {
    const { soon, setTimer } = { ...systemTimers, ...timers };
    const { client } = connection;
    const trouble = new WriteHealth(logger, setTimer, () => this.#ask());
    const read = createRead(client, logger, (error) => trouble.met(error));
    const services = new ServiceTable(connection);
    const instances = new InstanceTable(connection);
    const lineage = new Lineage(connection, clock);
    const log = new LogTable(connection, lineage);
    const queries = new InstanceQueries(connection, { services, instances }, rules.order);
    const snapshots = new Snapshots(connection, { services, instances, log }, rules);
    const facts = new HostFacts(services);
    const actions = new ActionTable(connection);
    const flavors = new FlavorTable(connection);
    const drills = new DrillTable(connection);
    super({ services, facts, instances, queries, snapshots, actions, flavors, drills }, read);
    ({ epoch: this.epoch, signingKey: this.signingKey } = epochOf(connection, clock.now()));
    this.#client = client;
    this.#trouble = trouble;
    this.#read = read;
    this.#listeners = new Listeners(logger);
    this.#lineage = lineage;
    this.#log = log;
    this.#snapshots = snapshots;
    this.#history = new HistoryTable(connection);
    const audit = new AuditTable(connection);
    this.#explanations = new ExplanationTable(connection);
    this.access = { write: (work) => this.#write(work), read };
    this.records = new SqliteRecords(audit, this.#explanations, this.access);
    this.#decisions = new Decisions(
      { services, instances, actions, audit, explanations: this.#explanations },
      rules,
    );
    this.#forgetting = new Forgetting(connection, instances, actions);
    this.#freeSpace = new FreeSpace(client);
    this.#checkpointer = new Checkpointer(connection.path, logger, wal);
    const committing: Committing<Gathered, Committed> = {
      begin: () => {
        this.#lineage.look();
        return new Gathered(new TransactionDrills(drills.any(), (id) => drills.list(id)));
      },
      seal: ({ news, drills: changed }) => {
        drills.write(changed.writes());
        return {
          rows: news.rows().map((row) => this.#log.append(row, clock.now())),
          ...news.services(),
        };
      },
      announce: (committed) => this.#announce(committed),
      idle: () => this.#checkpointer.tidy(),
      kept: () => this.#trouble.passed(),
      failed: (error) => this.#trouble.met(error),
    };
    this.#queue = new CommitQueue(client, committing, { soon, setTimer });
  }

  updateService(
    ref: ServiceRef,
    decide: ServiceDecide,
    urgency?: CommitPriority,
  ): Promise<Service | undefined> {
    return this.#write((gathered) => this.#decisions.onService(ref, decide, gathered), urgency?.urgent);
  }

  updateInstance(id: string, decide: InstanceDecide): Promise<Instance | undefined> {
    return this.#write((gathered) => this.#decisions.onInstance(id, decide, gathered));
  }

  updateDrills(projectId: string, servers: readonly string[], decide: DrillDecide): Promise<void> {
    return this.#write((gathered) => this.#decisions.onDrills(projectId, servers, decide, gathered));
  }

  writeLastSeen(batch: readonly LastSeen[]): Promise<void> {
    const { isOverBound } = this.#checkpointer;
    return this.#write(() => {
      // It decides nothing; later reports repeat what it writes.
      if (isOverBound) return;
      for (const seen of batch) this.tables.services.seen(seen);
    });
  }

  putFlavors(flavors: readonly Flavor[]): Promise<void> {
    return this.#write(() => {
      for (const flavor of flavors) this.tables.flavors.put(flavor);
    });
  }

  lineage(): Promise<readonly LineageEntry[]> {
    return this.#read(() => this.#lineage.entries());
  }

  bounds(stream: StreamName): Promise<StreamBounds> {
    return this.#read(() => this.#log.bounds(stream));
  }

  log(
    stream: StreamName,
    after: number,
    upTo: number,
    limit: number,
    by?: Numbering,
  ): Promise<readonly LogRow[]> {
    return this.#read(() => this.#log.page(stream, after, upTo, limit, by));
  }

  history(stream: StreamName, serverId: string, before: number, limit: number): Promise<readonly LogRow[]> {
    return this.#read(() => this.#history.page(stream, serverId, before, limit));
  }

  keepHistory(): Promise<boolean> {
    if (this.#checkpointer.isOverBound) return Promise.resolve(false);
    return this.#queue.add(() => this.#history.keepUp());
  }

  trim(before: Instant, keepRows: number, batch: number): Promise<number> {
    if (this.#checkpointer.isOverBound) return Promise.resolve(0);
    return this.#write(() => {
      this.#explanations.trim(before, batch);
      return this.#log.trim(before, keepRows, batch);
    });
  }

  forget(before: KeptSince, batch: number): Promise<number> {
    if (this.#checkpointer.isOverBound) return Promise.resolve(0);
    return this.#write(() => this.#forgetting.run(before, batch));
  }

  reclaim(): Promise<boolean> {
    if (this.#checkpointer.isOverBound) return Promise.resolve(false);
    return this.#write(() => this.#freeSpace.reclaim());
  }

  projectSnapshot(projectId: string, remark?: SnapshotRemark): Promise<Snapshot<ServerState>> {
    return this.#read(() => this.#snapshots.project(projectId, remark));
  }

  hostsSnapshot(remark?: SnapshotRemark): Promise<Snapshot<ServiceState>> {
    return this.#read(() => this.#snapshots.hosts(remark));
  }

  onCommit(listener: (committed: Committed) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** One process owns the file: its log can only be replaced while no process has it open. */
  onEpoch(): () => void {
    return () => undefined;
  }

  trouble(): string | undefined {
    return this.#trouble.words;
  }

  warning(): string | undefined {
    return this.#checkpointer.isOverBound ? WAL_GROWN : undefined;
  }

  /** Bytes of the write-ahead log, as last measured. */
  get walBytes(): number {
    return this.#checkpointer.walBytes;
  }

  /** The open file was removed or replaced, in words; undefined when it is back. */
  fileLost(words: string | undefined): void {
    this.#trouble.lost(words);
  }

  /** Damage was found in the file: nothing is written to it any more. Reads are still answered. */
  damaged(detail: string): void {
    this.#trouble.damage(detail);
  }

  async close(): Promise<void> {
    this.#queue.close();
    await this.#checkpointer.close();
  }

  #write<T>(work: (gathered: Gathered) => T, urgent = false): Promise<T> {
    if (this.#trouble.refuses) return Promise.reject(unavailable(new Error(this.#trouble.words)));
    return this.#queue.add(work, urgent);
  }

  /** Probe write: change and restore a value, since SQLite skips no-op updates. */
  #ask(): void {
    const asked = this.#queue.add(() => {
      this.#client.prepare('UPDATE meta SET created_at = created_at + 1').run();
      this.#client.prepare('UPDATE meta SET created_at = created_at - 1').run();
    });
    asked.catch(() => undefined);
  }

  #announce(committed: Committed): void {
    const { rows, services, removedServices } = committed;
    if (rows.length + services.length + removedServices.length === 0) return;
    this.tables.facts.committed(committed);
    this.#listeners.call(committed);
  }
}
