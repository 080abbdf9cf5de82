/** hostbeat itself: what `serve` makes, on simulated time, network and disk; and the supervisor that starts it again when it died. */
import { queued } from '../../../db/sqlite/commit/queued.ts';
import { SqliteStore } from '../../../db/sqlite/store.ts';
import { SqliteWebhooks, WEBHOOK_METHODS } from '../../../db/sqlite/tables/webhooks.ts';
import { createHub, type Hub } from '../../../server/hub/hub.ts';
import { TimeSlices } from '../../../server/limits/time-slices.ts';
import { createAgentEndpoint } from '../../../server/liveness/agents/endpoint.ts';
import { createLiveness, type Liveness } from '../../../server/liveness/liveness.ts';
import type { Store } from '../../../server/ports/store.ts';
import type { RequestHandler, UpgradeHandler } from '../../../server/socket/handshake.ts';
import { noEvents } from '../../../server/telemetry/events.ts';
import type { Logger } from '../../../server/telemetry/logger.ts';
import { Targets } from '../../../server/webhooks/targets.ts';
import { Webhooks } from '../../../server/webhooks/webhooks.ts';
import { farStore } from '../machine/far-store.ts';
import { SimProcess } from '../machine/process.ts';
import { prepare } from '../machine/web-socket.ts';
import { CONFIG, RULES, type World } from '../world.ts';
import type { Endpoint } from './endpoint.ts';

/** One life of the process. */
export interface Running {
  readonly process: SimProcess;
  readonly store: Store;
  readonly liveness: Liveness;
  readonly hub: Hub;
  readonly webhooks: Webhooks;
  doorOf(path: string): UpgradeHandler | undefined;
  answerOf(path: string): RequestHandler | undefined;
  /** As SIGTERM: sends everybody away, commits what is known, lets go of the database. */
  close(): Promise<void>;
}

/** A copy of the database, and how far its streams had come. */
export interface Backup {
  readonly image: Buffer;
  readonly heads: ReadonlyMap<string, number>;
}

const FIRST_DAY = Date.UTC(2026, 0, 1);
/** Over which clients are sent away at a planned end. */
const DRAIN = 300;

export class Server {
  readonly #world: World;
  readonly #endpoints: readonly Endpoint[];
  #process: SimProcess | undefined;
  #running: Running | undefined;
  #disturbedUntil = 0;
  #wallOffset: number | undefined;
  #suspendedUntil = 0;
  #crashes = 0;
  #isStopping = false;

  constructor(world: World, endpoints: readonly Endpoint[] = []) {
    this.#world = world;
    this.#endpoints = endpoints;
    world.authority.wall = () =>
      world.agenda.now + (this.#process?.wallOffset ?? this.#wallOffset ?? FIRST_DAY);
  }

  /** Undefined while it is down or starts. */
  get running(): Running | undefined {
    return this.#running;
  }

  get process(): SimProcess | undefined {
    return this.#process;
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** Since when it has been able to keep its bounds: up, not stopped, with a disk that takes what is written. */
  get soundSince(): number {
    if (this.#running === undefined || this.#world.disk.isFull) return Number.POSITIVE_INFINITY;
    return Math.max(this.#disturbedUntil, this.#running.process.disturbedUntil);
  }

  disturb(): void {
    this.#disturbedUntil = this.#world.agenda.now;
  }

  start(): void {
    const { agenda, random, note } = this.#world;
    const process = new SimProcess('server', agenda, random.branch(), this.#wallOffset ?? FIRST_DAY);
    this.#process = process;
    if (!this.isReachable) process.pause(this.#suspendedUntil - agenda.now);
    process.soon(() => {
      note('the server starts');
      this.#open(process).catch((error: unknown) => {
        if (process.alive) this.#world.violations.add('G4', `the server does not start: ${String(error)}`);
      });
    });
  }

  /** Does what is sent to it arrive? A machine that is suspended has no kernel to take it. */
  get isReachable(): boolean {
    return this.#world.agenda.now >= this.#suspendedUntil;
  }

  /** The whole machine stands still: what is sent to it meanwhile is lost, and what it had open is sent again later. */
  suspend(ms: number): void {
    const { agenda, network, random, note } = this.#world;
    if (this.#process === undefined) return;
    note(`the server's machine is suspended for ${Math.round(ms)}`);
    this.#suspendedUntil = agenda.now + ms;
    this.#process.pause(ms);
    for (const connection of network.connections) connection.stall(ms + random.between(0, 800));
  }

  /** kill -9. It is started again after a while. */
  crash(why: string): void {
    const { agenda, disk, random, note, count } = this.#world;
    if (this.#process === undefined) return;
    note(why);
    count(why);
    this.#crashes++;
    this.#wallOffset = this.#process.wallOffset;
    this.#running = undefined;
    const process = this.#process;
    this.#process = undefined;
    process.kill();
    disk.crash();
    agenda.after(random.chance(0.7) ? random.between(20, 400) : random.between(400, 4_000), () =>
      this.start(),
    );
  }

  /** Lets something happen inside it, if it runs; else at once. */
  tell(what: () => void): void {
    if (this.#running === undefined) what();
    else this.#running.process.deliver({}, what);
  }

  /** SIGTERM. Nobody is let in any more; it ends by itself, and is started again. */
  stop(): void {
    const { note } = this.#world;
    const running = this.#running;
    if (running === undefined || this.#isStopping) return;
    note('the server is asked to end');
    this.#isStopping = true;
    running.process.soon(() => {
      void running.close().then(() => {
        if (running.process.alive) this.crash('the server has ended');
      });
    });
  }

  /** A backup takes the place of the database: what was committed since is gone, and clients are reset. */
  restore({ image, heads }: Backup): void {
    const { disk, history } = this.#world;
    this.crash('the server ends for a backup to be put back');
    disk.restore(image);
    this.#world.history = history.upTo(heads);
  }

  async #open(process: SimProcess): Promise<void> {
    const { random, disk, authority, agenda } = this.#world;
    const { policy } = authority;
    const draws = random.branch();
    const { clock, setTimer, nextTurn, soon } = process;
    const connection = disk.open({
      committed: (client) => this.#world.history.read(client),
      met: (fault) => this.#world.count(`a commit meets: ${fault}`),
      crash: () => this.crash('the server dies at a commit'),
    });
    const logger = this.#logger(process);
    const local = new SqliteStore(connection, { clock, rules: RULES, logger, soon, setTimer });
    this.#world.history.compare(connection.client);
    const store = farStore(local, process, draws.branch(), 'at once');
    const timers = { setTimer, nextTurn };
    const uuid = draws.uuid;
    const liveness = createLiveness({
      store,
      clock,
      rules: RULES,
      config: CONFIG,
      logger,
      uuid,
      timers,
      // A connection of our own is taken behind all that came before it.
      caughtUp: () => new Promise((taken) => process.accept(taken)),
    });
    await liveness.start();
    const hub = createHub({
      store: farStore(local, process, draws.branch(), 'late'),
      authenticator: authority,
      policy,
      observer: liveness.observer,
      clock,
      settings: CONFIG,
      prepare,
      logger,
      setTimer,
      soon,
      // No work is long here, and time in a run is not the machine's.
      slices: new TimeSlices({ now: () => 0, nextTurn }),
      random: draws.next,
      sessionId: uuid,
    });
    const agents = createAgentEndpoint({
      authenticator: authority,
      liveness,
      clock,
      logger,
      events: noEvents,
      uuid,
      timers,
    });
    const hookTable = new SqliteWebhooks(connection, store.signingKey);
    for (const { webhook } of this.#endpoints) if (!hookTable.webhook(webhook.id)) hookTable.add(webhook);
    const webhooks = new Webhooks({
      webhooks: queued(hookTable, WEBHOOK_METHODS, local.access),
      store,
      policy,
      targets: new Targets([], async () => []),
      maxPerProject: 1,
      clock,
      setTimer,
      logger,
      random: draws.next,
      post: async (url, message) => {
        const endpoint = this.#endpoints.find(({ webhook }) => webhook.url === url.href);
        return (await endpoint?.post(message, process)) ?? { delivered: false, error: 'no such endpoint' };
      },
    });
    await webhooks.start();
    if (!process.alive) return;
    this.#disturbedUntil = agenda.now;
    this.#isStopping = false;
    this.#running = {
      process,
      store,
      liveness,
      hub,
      webhooks,
      doorOf: (path) => (path === '/v1/agent' ? agents : path === '/v1/stream' ? hub.stream : undefined),
      answerOf: (path) => {
        if (path === '/healthz') return async () => Response.json({ status: 'ok' });
        return path === '/v1/events' ? hub.events : path === '/v1/changes' ? hub.changes : undefined;
      },
      close: async () => {
        await hub.drain(DRAIN);
        await webhooks.close();
        await hub.close();
        await liveness.close();
        await local.close();
      },
    };
  }

  /** What it logs goes into the trace. It must not have to say that something of its own is wrong. */
  #logger(process: SimProcess): Logger {
    const silent = () => undefined;
    const say = (given: object, what?: string) => {
      const cause = 'err' in given && given.err instanceof Error ? given.err : undefined;
      this.#world.note(`log: ${what} ${cause?.message ?? ''}`);
      if (what === 'session failed' && process.alive)
        this.#world.violations.add('G1', `a session failed: ${cause?.stack}`);
    };
    return { trace: silent, debug: silent, info: silent, warn: say, error: say } as unknown as Logger;
  }
}
