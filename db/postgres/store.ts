import { clearInterval, setInterval } from 'node:timers';
import type { ServerState, ServiceState } from '../../client-sdk/protocol/items.ts';
import type { Clock, Instant } from '../../server/domain/clock.ts';
import type { Rules } from '../../server/domain/decision.ts';
import type { Flavor, Instance } from '../../server/domain/instances/instance.ts';
import type { Service, ServiceRef } from '../../server/domain/service.ts';
import type { Committed } from '../../server/ports/committed.ts';
import type { LineageEntry, LogRow, StreamBounds, StreamName } from '../../server/ports/log.ts';
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
import { Listeners } from '../listeners.ts';
import { allOf } from './commit/answers.ts';
import { CommitQueue } from './commit/commit-queue.ts';
import { CommitFollower, channelOfCommits, type TailState } from './commit/follow-commits.ts';
import { decideDrills, decideInstance, decideService } from './commit/run-decision.ts';
import type { Place, Tail } from './commit/tail.ts';
import { Transactions } from './commit/transaction.ts';
import { WriteHealth } from './commit/write-health.ts';
import { ComputeReads } from './compute-reads.ts';
import { Claim } from './connection/claim.ts';
import { Unanswered } from './connection/errors.ts';
import { type OpenedServer, placeOf } from './connection/open.ts';
import type { Reads } from './connection/reads.ts';
import { Writer } from './connection/writer.ts';
import { hostsSnapshot, projectSnapshot } from './queries/snapshots.ts';
import { PostgresRecords } from './records.ts';
import { forget } from './tables/forget.ts';
import { boundsIn, historyPage, keepHistory, lineageEntries, logPage, trim } from './tables/log.ts';
import { writeLastSeen } from './tables/services.ts';

/** How often to probe whether recording works again. */
const PROBE_MS = 1_000;

export interface StoreOptions {
  readonly clock: Clock;
  readonly rules: Rules;
  readonly logger: Logger;
}

/**
 * The port on PostgreSQL. Writes wait in the commit queue; reads go to the primary, which sees every announced commit.
 */
export class PostgresStore extends ComputeReads implements Store {
  /** Its audit log, and what was known when silences were decided. */
  readonly records: PostgresRecords;
  readonly #clock: Clock;
  readonly #rules: Rules;
  readonly #logger: Logger;
  readonly #reads: Reads;
  readonly #health: WriteHealth;
  readonly #writer: Writer;
  readonly #queue: CommitQueue;
  readonly #tail: Tail;
  readonly #follower: CommitFollower;
  readonly #probes: ReturnType<typeof setInterval>;
  readonly #onCommit: Listeners<Committed>;
  readonly #onEpoch: Listeners<void>;
  readonly #claim: Claim;
  #closing: Promise<void> | undefined;
  #isOver = false;

  constructor(server: OpenedServer, { clock, rules, logger }: StoreOptions) {
    const { reads, address, node, place, found, isAlone } = server;
    super(reads, rules);
    this.#clock = clock;
    this.#rules = rules;
    this.#onCommit = new Listeners(logger);
    this.#onEpoch = new Listeners(logger);
    this.#logger = logger;
    this.#reads = reads;
    this.#health = new WriteHealth(logger);
    this.#follower = new CommitFollower({
      place,
      address,
      isAlone,
      reads,
      logger,
      announce: (committed) => this.#announce(committed),
      missed: () => void this.#missed().catch(() => undefined),
    });
    this.#tail = this.#follower.tail;
    this.#claim = new Claim(server, {
      health: this.#health,
      logger,
      now: () => clock.now(),
      place: () => this.#tail.place,
    });
    this.#writer = new Writer(found, {
      address,
      logger,
      arrived: async ({ client, host }) => {
        const other = await this.#claim.renew(client);
        if (host !== this.#writer.host) reads.use(host);
        if (other !== undefined) this.#startOver(other);
        this.#health.passed();
      },
      failed: (error) => {
        this.#health.failed(error);
        if (error instanceof Unanswered) reads.cut();
      },
    });
    const transactions = new Transactions({
      writer: this.#writer,
      clock,
      health: this.#health,
      node,
      fence: () => this.#claim.fence,
      wake: isAlone ? undefined : channelOfCommits(address),
      committed: (id, logUpTo, committed) => this.#tail.own(id, logUpTo, committed),
    });
    this.#queue = new CommitQueue(transactions.run);
    this.records = new PostgresRecords(this.#queue, reads);
    this.#follower.start();
    this.#probes = setInterval(() => this.#probe(), PROBE_MS);
    this.#probes.unref();
  }

  get epoch(): string {
    return this.#claim.identity.epoch;
  }

  get signingKey(): Uint8Array {
    return this.#claim.identity.signingKey;
  }

  lineage(): Promise<readonly LineageEntry[]> {
    return lineageEntries(this.#reads);
  }

  updateService(
    ref: ServiceRef,
    decide: ServiceDecide,
    urgency?: CommitPriority,
  ): Promise<Service | undefined> {
    return this.#queue.add(
      {
        wants: ({ refs }) => void refs.push(ref),
        run: (unit) => decideService(unit, ref, decide, this.#rules),
      },
      urgency,
    );
  }

  updateInstance(id: string, decide: InstanceDecide): Promise<Instance | undefined> {
    return this.#queue.add({
      wants: ({ instances }) => void instances.add(id),
      run: (unit) => decideInstance(unit, id, decide),
    });
  }

  updateDrills(projectId: string, servers: readonly string[], decide: DrillDecide): Promise<void> {
    return this.#queue.add({
      wants({ instances, drills }) {
        drills.add(projectId);
        for (const id of servers) instances.add(id);
      },
      run: (unit) => decideDrills(unit, projectId, servers, decide, this.#rules),
    });
  }

  /** In its own table, on its own connection: commits do not wait for it. It still takes its turn after them. */
  async writeLastSeen(batch: readonly LastSeen[]): Promise<void> {
    await allOf([
      this.#queue.add({ wants: () => undefined, run: () => undefined }),
      batch.length === 0 ? undefined : this.#reads.answered(() => writeLastSeen(this.#reads, batch)),
    ]);
  }

  putFlavors(flavors: readonly Flavor[]): Promise<void> {
    return this.#queue.add({
      wants: () => undefined,
      run(unit) {
        for (const flavor of flavors) unit.flavors.set(flavor.id, flavor);
      },
    });
  }

  bounds(stream: StreamName): Promise<StreamBounds> {
    return this.#reads.answered(() => boundsIn(this.#reads, stream));
  }

  log(...page: Parameters<Store['log']>): Promise<readonly LogRow[]> {
    return logPage(this.#reads, ...page);
  }

  history(stream: StreamName, serverId: string, before: number, limit: number): Promise<readonly LogRow[]> {
    return historyPage(this.#reads, stream, serverId, before, limit);
  }

  keepHistory(): Promise<boolean> {
    return keepHistory(this.#reads);
  }

  trim(before: Instant, keepRows: number, batch: number): Promise<number> {
    return trim(this.#reads, before, keepRows, batch, this.#clock.now());
  }

  forget(before: KeptSince, batch: number): Promise<number> {
    return forget(this.#reads, before, batch);
  }

  projectSnapshot(projectId: string, remark?: SnapshotRemark): Promise<Snapshot<ServerState>> {
    return projectSnapshot(this.#reads, projectId, this.#rules, remark);
  }

  hostsSnapshot(remark?: SnapshotRemark): Promise<Snapshot<ServiceState>> {
    return hostsSnapshot(this.#reads, this.#rules, remark);
  }

  onCommit(listener: (committed: Committed) => void): () => void {
    return this.#onCommit.add(listener);
  }

  onEpoch(listener: () => void): () => void {
    return this.#onEpoch.add(listener);
  }

  /** Resolves when everything that any process has committed by now was announced here. */
  async caughtUp(): Promise<void> {
    await this.#tail.upTo((await placeOf(this.#reads)).commit);
  }

  trouble(): string | undefined {
    return this.#health.words;
  }

  /** Something was committed outside the queue. */
  lookForCommits(): void {
    this.#tail.wake();
  }

  tail(): TailState {
    return this.#follower.state();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.close();
    clearInterval(this.#probes);
    await this.#follower.close();
    await this.#writer.close();
    await this.#reads.close();
  }

  /** Continues there; every listener reads again what it caches. */
  #startOver(place: Place): void {
    this.#tail.jump(place);
    // The whole process starts over: later announcements would contradict what it has cached.
    this.#isOver = true;
    this.#onEpoch.call();
  }

  async #missed(): Promise<void> {
    this.#logger.warn('commits were forgotten before they were read here: every client starts over');
    this.#startOver(await placeOf(this.#reads));
  }

  #probe(): void {
    if (this.#health.words === undefined || this.#health.isFinal || this.#writer.client === undefined) return;
    // Takes its turn, writes, and reports the result by itself.
    this.#queue.add({ wants: () => undefined, run: (unit) => unit.probe() }).catch(() => undefined);
  }

  #announce(committed: Committed): void {
    const { rows, services, removedServices, touched = [] } = committed;
    if (rows.length + services.length + removedServices.length + touched.length === 0) return;
    if (this.#isOver) return;
    this.#onCommit.call(committed);
  }
}
