import type { Facts, ServerState, ServiceState } from '../../client-sdk/protocol/items.ts';
import type { AuditEntry } from '../../server/domain/audit.ts';
import type { Clock, Instant } from '../../server/domain/clock.ts';
import type { Rules } from '../../server/domain/decision.ts';
import type { Drill } from '../../server/domain/drill.ts';
import type { Flavor, Instance, InstanceAction, Usage } from '../../server/domain/instances/instance.ts';
import type { Service, ServiceRef } from '../../server/domain/service.ts';
import type { SilenceRecord } from '../../server/domain/silence/silence-record.ts';
import { timeSlices } from '../../server/limits/time-slices.ts';
import type { AuditLog, AuditQuery, StoredAuditEntry } from '../../server/ports/audit-log.ts';
import type { ExplanationLog, ObserverEntry } from '../../server/ports/explanation-log.ts';
import type { InstancePage, InstanceQuery } from '../../server/ports/instance-query.ts';
import type {
  CommitPriority,
  Committed,
  DrillDecide,
  InstanceDecide,
  KeptSince,
  LastSeen,
  LineageEntry,
  LogRow,
  ServiceDecide,
  Snapshot,
  SnapshotRemark,
  Store,
  StreamBounds,
  StreamName,
} from '../../server/ports/store.ts';
import type { Logger } from '../../server/telemetry/logger.ts';
import { TransactionNews } from '../transaction-changes.ts';
import { TransactionDrills } from '../transaction-drills.ts';
import { CommitQueue, type CommitTimers, type Committing } from './commit/commit-queue.ts';
import { Decisions, type Gathered } from './commit/run-decision.ts';
import { WriteHealth } from './commit/write-health.ts';
import { isBusy, type SqliteConnection, sqliteCode } from './file/connection.ts';
import { isDamage, unavailable } from './file/driver-errors.ts';
import { epochOf } from './file/epoch.ts';
import { Checkpointer, WAL_GROWN } from './file/upkeep/checkpointer.ts';
import { FreeSpace } from './file/upkeep/free-space.ts';
import type { WalBounds } from './file/upkeep/wal-size.ts';
import { InstanceQueries } from './queries/instances.ts';
import { Snapshots } from './queries/snapshots.ts';
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

export interface StoreOptions extends CommitTimers {
  readonly clock: Clock;
  readonly rules: Rules;
  readonly logger: Logger;
  readonly wal?: WalBounds;
}

/** What one transaction gathers; as long as what it has to tell. */
class Gathering implements Gathered {
  readonly news = new TransactionNews();
  readonly drills: TransactionDrills;

  constructor(drills: TransactionDrills) {
    this.drills = drills;
  }

  get items(): number {
    return this.news.items;
  }
}

/** The port on SQLite. Writes wait in the commit queue; reads are answered at once, from what is committed. */
export class SqliteStore implements Store, AuditLog, ExplanationLog {
  readonly epoch: string;
  readonly signingKey: Uint8Array;
  readonly #client: SqliteConnection['client'];
  readonly #logger: Logger;
  readonly #services: ServiceTable;
  readonly #facts: HostFacts;
  readonly #instances: InstanceTable;
  readonly #queries: InstanceQueries;
  readonly #actions: ActionTable;
  readonly #flavors: FlavorTable;
  readonly #lineage: Lineage;
  readonly #log: LogTable;
  readonly #history: HistoryTable;
  readonly #snapshots: Snapshots;
  readonly #audit: AuditTable;
  readonly #explanations: ExplanationTable;
  readonly #drills: DrillTable;
  readonly #decisions: Decisions;
  readonly #forgetting: Forgetting;
  readonly #freeSpace: FreeSpace;
  readonly #queue: CommitQueue<Gathering, Committed>;
  readonly #trouble: WriteHealth;
  readonly #checkpointer: Checkpointer;
  readonly #listeners = new Set<(committed: Committed) => void>();

  constructor(connection: SqliteConnection, { clock, rules, logger, soon, later, wal }: StoreOptions) {
    ({ epoch: this.epoch, signingKey: this.signingKey } = epochOf(connection, clock.now()));
    this.#client = connection.client;
    this.#logger = logger;
    this.#services = new ServiceTable(connection);
    this.#facts = new HostFacts(this.#services);
    this.#instances = new InstanceTable(connection);
    this.#actions = new ActionTable(connection);
    this.#flavors = new FlavorTable(connection);
    this.#lineage = new Lineage(connection, clock);
    this.#log = new LogTable(connection, this.#lineage);
    this.#history = new HistoryTable(connection);
    const tables = { services: this.#services, instances: this.#instances, log: this.#log };
    this.#queries = new InstanceQueries(connection, tables, rules.order);
    this.#snapshots = new Snapshots(connection, tables, rules);
    this.#audit = new AuditTable(connection);
    this.#explanations = new ExplanationTable(connection);
    this.#drills = new DrillTable(connection);
    this.#decisions = new Decisions(
      { ...tables, actions: this.#actions, audit: this.#audit, explanations: this.#explanations },
      rules,
    );
    this.#forgetting = new Forgetting(connection, this.#instances, this.#actions);
    this.#freeSpace = new FreeSpace(connection.client);
    this.#checkpointer = new Checkpointer(connection.path, logger, wal);
    const committing: Committing<Gathering, Committed> = {
      begin: () => {
        this.#lineage.look();
        return new Gathering(new TransactionDrills(this.#drills.any(), (id) => this.#drills.list(id)));
      },
      seal: ({ news, drills }) => {
        this.#drills.write(drills.writes());
        return {
          rows: news.rows().map(({ stream, items }) => this.#log.append(stream, clock.now(), items)),
          ...news.services(),
        };
      },
      announce: (committed) => this.#announce(committed),
      idle: () => this.#checkpointer.tidy(),
      kept: () => this.#trouble.passed(),
      failed: (error) => this.#trouble.met(error),
    };
    this.#queue = new CommitQueue(connection.client, committing, { soon, later });
    this.#trouble = new WriteHealth(logger, later, () => this.#ask());
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

  drills(projectId?: string): Promise<readonly Drill[]> {
    return this.#read(() => this.#drills.list(projectId));
  }

  writeLastSeen(batch: readonly LastSeen[]): Promise<void> {
    const { isOverBound } = this.#checkpointer;
    return this.#write(() => {
      // It decides nothing, and comes again with the next reports.
      if (isOverBound) return;
      for (const seen of batch) this.#services.seen(seen);
    });
  }

  service(ref: ServiceRef): Promise<Service | undefined> {
    return this.#read(() => this.#services.byRef(ref));
  }

  services(filter?: { readonly host?: string; readonly binary?: string }): Promise<readonly Service[]> {
    const { host, binary } = filter ?? {};
    return this.#read(async () => {
      const found = host === undefined ? await this.#snapshots.services() : this.#services.onHost(host);
      return binary === undefined ? found : found.filter((service) => service.binary === binary);
    });
  }

  computeFacts(hosts: readonly string[]): Promise<ReadonlyMap<string, Facts>> {
    return this.#read(() => this.#facts.of(hosts));
  }

  instance(id: string): Promise<Instance | undefined> {
    return this.#read(() => this.#instances.committed(id));
  }

  instances(query: InstanceQuery): Promise<InstancePage> {
    return this.#read(() => this.#queries.page(query));
  }

  countOnHost(host: string): Promise<number> {
    return this.#read(() => this.#instances.countOn(host));
  }

  actions(instanceId: string): Promise<readonly InstanceAction[]> {
    return this.#read(() => this.#actions.of(instanceId));
  }

  putFlavors(flavors: readonly Flavor[]): Promise<void> {
    return this.#write(() => {
      for (const flavor of flavors) this.#flavors.put(flavor);
    });
  }

  flavors(projectId?: string): Promise<readonly Flavor[]> {
    return this.#read(() => this.#flavors.list(projectId));
  }

  usage(of: { readonly projectId: string } | { readonly host: string }): Promise<Usage> {
    return this.#read(() =>
      'host' in of
        ? this.#flavors.usageOn(of.host)
        : timeSlices.run(() => this.#flavors.usageOf(of.projectId)),
    );
  }

  lineage(): Promise<readonly LineageEntry[]> {
    return this.#read(() => this.#lineage.entries());
  }

  bounds(stream: StreamName): Promise<StreamBounds> {
    return this.#read(() => this.#log.bounds(stream));
  }

  log(stream: StreamName, after: number, upTo: number, limit: number): Promise<readonly LogRow[]> {
    return this.#read(() => this.#log.page(stream, after, upTo, limit));
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

  record(entry: AuditEntry): Promise<void> {
    return this.#write(() => this.#audit.add(entry));
  }

  auditEntries(query: AuditQuery): Promise<readonly StoredAuditEntry[]> {
    return this.#read(() => this.#audit.page(query));
  }

  silences(serviceId: number, until: Instant, limit: number): Promise<readonly SilenceRecord[]> {
    return this.#read(() => this.#explanations.silences(serviceId, until, limit));
  }

  noteObserver(entries: readonly ObserverEntry[]): Promise<void> {
    return this.#write(() => this.#explanations.noteObserver(entries));
  }

  observerHistory(): Promise<readonly ObserverEntry[]> {
    return this.#read(() => this.#explanations.observerHistory());
  }

  sameCommit(
    row: Pick<LogRow, 'stream' | 'seq'>,
    correlationId: string,
    limit: number,
  ): Promise<readonly LogRow[]> {
    return this.#read(() => this.#explanations.sameCommit(row, correlationId, limit));
  }

  onCommit(listener: (committed: Committed) => void): () => void {
    const own = (committed: Committed) => listener(committed);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
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

  /** The file was removed or replaced beneath us, in words; undefined when it is back. */
  fileLost(words: string | undefined): void {
    this.#trouble.lost(words);
  }

  /** A write failed, here or in another table of this database. */
  failed(error: unknown): void {
    this.#trouble.met(error);
  }

  /** Damage was found in the file: nothing is written to it any more. What is known is still answered. */
  damaged(detail: string): void {
    this.#trouble.damage(detail);
  }

  async close(): Promise<void> {
    this.#queue.close();
    await this.#checkpointer.close();
  }

  #write<T>(work: (gathered: Gathering) => T, urgent = false): Promise<T> {
    if (this.#trouble.refuses) return Promise.reject(unavailable(new Error(this.#trouble.words)));
    return this.#queue.add(work, urgent);
  }

  async #read<T>(read: () => T | Promise<T>): Promise<T> {
    try {
      const found = read();
      // Most results are there at once: a needless `await` would cost every caller a turn of the event loop.
      return found instanceof Promise ? await found : found;
    } catch (error) {
      if (sqliteCode(error) === undefined && this.#client.open) throw error;
      // A problem of the whole database is logged once when it begins and once when it is over.
      if (isDamage(error) || isBusy(error)) this.failed(error);
      else this.#logger.error({ err: error }, 'the database could not be read');
      throw unavailable(error);
    }
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
    this.#facts.committed(committed);
    for (const listener of this.#listeners) {
      try {
        listener(committed);
      } catch (error) {
        // The transaction is committed: the other listeners and the callers must still be called.
        this.#logger.error({ err: error }, 'a listener to commits threw');
      }
    }
  }
}
