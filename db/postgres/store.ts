import { clearInterval, setInterval } from 'node:timers';
import type { Facts, ServerState, ServiceState } from '../../client-sdk/protocol/items.ts';
import type { AuditEntry } from '../../server/domain/audit.ts';
import type { Clock, Instant } from '../../server/domain/clock.ts';
import type { Rules } from '../../server/domain/decision.ts';
import type { Drill } from '../../server/domain/drill.ts';
import type { Flavor, Instance, InstanceAction, Usage } from '../../server/domain/instances/instance.ts';
import type { Service, ServiceRef } from '../../server/domain/service.ts';
import type { SilenceRecord } from '../../server/domain/silence/silence-record.ts';
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
import { CommitQueue } from './commit/commit-queue.ts';
import { decideDrills, decideInstance, decideService } from './commit/run-decision.ts';
import { type Place, Tail } from './commit/tail.ts';
import { Transactions } from './commit/transaction.ts';
import { WriteHealth } from './commit/write-health.ts';
import type { Address, Host } from './connection/address.ts';
import type { Client } from './connection/driver.ts';
import { KeptConnection } from './connection/kept-connection.ts';
import type { LogIdentity } from './connection/log-identity.ts';
import { type OpenedServer, placeOf } from './connection/open.ts';
import type { Reads } from './connection/reads.ts';
import { WakeUp } from './connection/wake-up.ts';
import { Writer } from './connection/writer.ts';
import { InstanceQueries } from './queries/instances.ts';
import { hostsSnapshot, projectSnapshot } from './queries/snapshots.ts';
import { auditPage } from './tables/audit.ts';
import { drillsOf } from './tables/drills.ts';
import { noteObserver, observerHistory, sameCommit, silencesOf } from './tables/explanations.ts';
import { forget } from './tables/forget.ts';
import { actionsOf, countOn, flavorsOf, instanceOf, usageOf } from './tables/instances.ts';
import { boundsIn, historyPage, keepHistory, lineageEntries, logPage, trim } from './tables/log.ts';
import { computeFacts, serviceOf, servicesOf, writeLastSeen } from './tables/services.ts';

/** How often it is tried whether what kept us from recording is over. */
const PROBE_MS = 1_000;

/** A page of commits that takes longer is asked for again. */
const TAIL_MS = 10_000;
/** Commits of others that were not looked for in this time are missed. */
const TAIL_OLD_MS = 1_500;

const TAKEN = 'another hostbeat has taken this database; this one records nothing any more: stop it';

export function channelOfCommits({ schema }: Pick<Address, 'schema'>): string {
  return `hostbeat_${schema}`;
}

export interface StoreOptions {
  readonly clock: Clock;
  readonly rules: Rules;
  readonly logger: Logger;
}

/** The port on PostgreSQL. Writes wait in the commit queue; reads are asked of the primary, which sees every commit that was announced. */
export class PostgresStore implements Store, AuditLog, ExplanationLog {
  readonly #clock: Clock;
  readonly #rules: Rules;
  readonly #logger: Logger;
  readonly #server: OpenedServer;
  readonly #reads: Reads;
  readonly #health: WriteHealth;
  readonly #writer: Writer;
  readonly #queue: CommitQueue;
  readonly #tail: Tail;
  readonly #wakeUp: WakeUp | undefined;
  /** Long lists must not keep the commits of others waiting. */
  readonly #follower: KeptConnection | undefined;
  readonly #queries: InstanceQueries;
  readonly #probes: ReturnType<typeof setInterval>;
  readonly #onCommit = new Set<(committed: Committed) => void>();
  readonly #onEpoch = new Set<() => void>();
  #identity: LogIdentity;
  #fence: number | undefined;
  #closing: Promise<void> | undefined;
  #isOver = false;

  constructor(server: OpenedServer, { clock, rules, logger }: StoreOptions) {
    const { reads, address, node, place, found, isAlone } = server;
    this.#clock = clock;
    this.#rules = rules;
    this.#logger = logger;
    this.#server = server;
    this.#reads = reads;
    this.#identity = server.identity;
    this.#fence = server.fence;
    this.#health = new WriteHealth(logger);
    this.#queries = new InstanceQueries(reads, rules.order);
    this.#follower = isAlone ? undefined : new KeptConnection(address, 'tail', TAIL_MS);
    this.#tail = new Tail(place, {
      asked: this.#follower ?? reads,
      logger,
      tell: (committed) => this.#announce(committed),
      missed: () => void this.#missed().catch(() => undefined),
    });
    this.#writer = new Writer(found, {
      address,
      logger,
      arrived: ({ client, host }) => this.#arrived(client, host),
      failed: (error) => this.#health.failed(error),
    });
    const channel = channelOfCommits(address);
    const transactions = new Transactions({
      writer: this.#writer,
      clock,
      health: this.#health,
      node,
      fence: () => this.#fence,
      wake: isAlone ? undefined : channel,
      committed: (id, logUpTo, committed) => this.#tail.own(id, logUpTo, committed),
    });
    this.#queue = new CommitQueue(transactions.run);
    if (!isAlone) {
      this.#tail.follow();
      this.#wakeUp = new WakeUp(address, channel, this.#tail.wake);
      void this.#wakeUp.listen();
    }
    this.#probes = setInterval(() => this.#probe(), PROBE_MS);
    this.#probes.unref();
  }

  get epoch(): string {
    return this.#identity.epoch;
  }

  get signingKey(): Uint8Array {
    return this.#identity.signingKey;
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

  drills(projectId?: string): Promise<readonly Drill[]> {
    return drillsOf(this.#reads, projectId);
  }

  /** In a table of its own, on a connection of its own: commits do not wait for it. It still takes its turn behind them. */
  async writeLastSeen(batch: readonly LastSeen[]): Promise<void> {
    const turn = this.#queue.add({ wants: () => undefined, run: () => undefined });
    if (batch.length > 0) await this.#reads.answered(() => writeLastSeen(this.#reads, batch));
    await turn;
  }

  service(ref: ServiceRef): Promise<Service | undefined> {
    return serviceOf(this.#reads, ref);
  }

  services(filter?: { readonly host?: string; readonly binary?: string }): Promise<readonly Service[]> {
    return servicesOf(this.#reads, filter);
  }

  computeFacts(hosts: readonly string[]): Promise<ReadonlyMap<string, Facts>> {
    return computeFacts(this.#reads, hosts);
  }

  instance(id: string): Promise<Instance | undefined> {
    return instanceOf(this.#reads, id);
  }

  instances(query: InstanceQuery): Promise<InstancePage> {
    return this.#queries.page(query);
  }

  countOnHost(host: string): Promise<number> {
    return countOn(this.#reads, host);
  }

  actions(instanceId: string): Promise<readonly InstanceAction[]> {
    return actionsOf(this.#reads, instanceId);
  }

  putFlavors(flavors: readonly Flavor[]): Promise<void> {
    return this.#queue.add({
      wants: () => undefined,
      run(unit) {
        for (const flavor of flavors) unit.flavors.set(flavor.id, flavor);
      },
    });
  }

  flavors(projectId?: string): Promise<readonly Flavor[]> {
    return flavorsOf(this.#reads, projectId);
  }

  usage(of: { readonly projectId: string } | { readonly host: string }): Promise<Usage> {
    return usageOf(this.#reads, of);
  }

  bounds(stream: StreamName): Promise<StreamBounds> {
    return this.#reads.answered(() => boundsIn(this.#reads, stream));
  }

  log(stream: StreamName, after: number, upTo: number, limit: number): Promise<readonly LogRow[]> {
    return logPage(this.#reads, stream, after, upTo, limit);
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

  record(entry: AuditEntry): Promise<void> {
    return this.#queue.add({ wants: () => undefined, run: (unit) => void unit.audit.push(entry) });
  }

  auditEntries(query: AuditQuery): Promise<readonly StoredAuditEntry[]> {
    return auditPage(this.#reads, query);
  }

  silences(serviceId: number, until: Instant, limit: number): Promise<readonly SilenceRecord[]> {
    return silencesOf(this.#reads, serviceId, until, limit);
  }

  noteObserver(entries: readonly ObserverEntry[]): Promise<void> {
    return noteObserver(this.#reads, entries);
  }

  observerHistory(): Promise<readonly ObserverEntry[]> {
    return observerHistory(this.#reads);
  }

  sameCommit(
    row: Pick<LogRow, 'stream' | 'seq'>,
    correlationId: string,
    limit: number,
  ): Promise<readonly LogRow[]> {
    return sameCommit(this.#reads, row, correlationId, limit);
  }

  onCommit(listener: (committed: Committed) => void): () => void {
    const own = (committed: Committed) => listener(committed);
    this.#onCommit.add(own);
    return () => this.#onCommit.delete(own);
  }

  onEpoch(listener: () => void): () => void {
    const own = () => listener();
    this.#onEpoch.add(own);
    return () => this.#onEpoch.delete(own);
  }

  /** Resolves when everything that is committed now, by any process, was announced here. */
  async caughtUp(): Promise<void> {
    await this.#tail.upTo((await placeOf(this.#reads)).commit);
  }

  trouble(): string | undefined {
    return this.#health.words;
  }

  /** Something was committed here beside the queue. */
  lookForCommits(): void {
    this.#tail.wake();
  }

  /** How far the commits of all nodes were announced here, and why not further, in words. */
  tail(): { readonly commit: number; readonly trouble?: string } {
    const { commit } = this.#tail.place;
    if (this.#tail.quietFor() < TAIL_OLD_MS) return { commit };
    return { commit, trouble: 'what other nodes commit cannot be read from PostgreSQL now' };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.close();
    clearInterval(this.#probes);
    await this.#tail.close();
    await this.#wakeUp?.close();
    await this.#follower?.close();
    await this.#writer.close();
    await this.#reads.close();
  }

  /** On a new connection: is it still our log, and still ours to write? */
  async #arrived(client: Client, host: Host): Promise<void> {
    const { identity, place, fence, formerFence } = await this.#arriveAgain(client);
    if (this.#fence !== undefined && formerFence > this.#fence) {
      this.#health.ended(TAKEN);
      throw new Error(TAKEN);
    }
    this.#fence = fence;
    if (host !== this.#writer.host) this.#reads.use(host);
    const isOther = identity.epoch !== this.#identity.epoch;
    const wentBack = place.commit < this.#tail.place.commit;
    if (isOther || wentBack) {
      const from = { epoch: this.#identity.epoch, commit: this.#tail.place.commit };
      const to = { epoch: identity.epoch, commit: place.commit };
      this.#logger.warn({ from, to }, 'the log is not the one that was left: every client starts over');
      this.#identity = identity;
      this.#startOver(place);
    }
    this.#health.passed();
  }

  async #arriveAgain(client: Client) {
    try {
      return await this.#server.arriveAgain(client, this.#clock.now());
    } catch (error) {
      if ((error as { reason?: unknown }).reason === 'locked') this.#health.ended(TAKEN);
      throw error;
    }
  }

  /** Goes on from there, and has everybody read again what he keeps. */
  #startOver(place: Place): void {
    this.#tail.jump(place);
    // The process begins again as a whole: what it announced now would meet what it knew before.
    this.#isOver = true;
    this.#tellAll(this.#onEpoch, undefined);
  }

  async #missed(): Promise<void> {
    this.#logger.warn('commits were forgotten before they were read here: every client starts over');
    this.#startOver(await placeOf(this.#reads));
  }

  #probe(): void {
    if (this.#health.words === undefined || this.#health.isFinal || this.#writer.client === undefined) return;
    // Takes its turn, writes, and says by itself how it went.
    this.#queue.add({ wants: () => undefined, run: (unit) => unit.probe() }).catch(() => undefined);
  }

  #announce(committed: Committed): void {
    const { rows, services, removedServices, touched = [] } = committed;
    if (rows.length + services.length + removedServices.length + touched.length === 0) return;
    if (this.#isOver) return;
    this.#tellAll(this.#onCommit, committed);
  }

  #tellAll<T>(listeners: ReadonlySet<(event: T) => void>, event: T): void {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        // It is committed: the other listeners and the callers must hear of it all the same.
        this.#logger.error({ err: error }, 'a listener to commits threw');
      }
    }
  }
}
