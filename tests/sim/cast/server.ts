/** hostbeat itself: what `serve` makes, on simulated time, network and disk; and whoever starts it again when it died. */
import { SqliteStore } from '../../../db/sqlite/store.ts';
import { createHub, type Hub } from '../../../server/hub/hub.ts';
import type { Door } from '../../../server/hub/upgrade.ts';
import { createAgentDoor } from '../../../server/liveness/agent-door.ts';
import { createLiveness, type Liveness } from '../../../server/liveness/liveness.ts';
import type { Store } from '../../../server/store.ts';
import { noEvents } from '../../../server/telemetry/events.ts';
import type { Logger } from '../../../server/telemetry/logger.ts';
import { farStore } from '../machine/far-store.ts';
import { SimProcess } from '../machine/process.ts';
import { prepare } from '../machine/web-socket.ts';
import { CONFIG, RULES, type World } from '../world.ts';

/** One life of the process. */
export interface Running {
  readonly process: SimProcess;
  readonly store: Store;
  readonly liveness: Liveness;
  readonly hub: Hub;
  doorOf(path: string): Door | undefined;
}

export class Server {
  readonly #world: World;
  #process: SimProcess | undefined;
  #running: Running | undefined;
  #disturbedUntil = 0;
  #wallOffset: number | undefined;
  #suspendedUntil = 0;
  #crashes = 0;

  constructor(world: World) {
    this.#world = world;
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
    const process = new SimProcess('server', agenda, random.branch(), this.#wallOffset);
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
  crash(): void {
    const { agenda, disk, random, note } = this.#world;
    if (this.#process === undefined) return;
    note('the server dies');
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

  async #open(process: SimProcess): Promise<void> {
    const { random, disk, history, authenticator, policy, agenda } = this.#world;
    const draws = random.branch();
    const { clock, setTimer, nextTurn, soon } = process;
    const connection = disk.open({
      committed: (client) => history.read(client),
      crash: () => this.crash(),
    });
    history.compare(connection.client);
    const logger = this.#logger(process);
    const local = new SqliteStore(connection, { clock, rules: RULES, logger, soon, later: setTimer });
    const store = farStore(local, process, draws.branch(), 'at once');
    const timers = { setTimer, nextTurn };
    const uuid = draws.uuid;
    const liveness = createLiveness({ store, clock, rules: RULES, config: CONFIG, logger, uuid, timers });
    await liveness.start();
    const hub = createHub({
      store: farStore(local, process, draws.branch(), 'late'),
      authenticator,
      policy,
      observer: liveness.observer,
      clock,
      settings: CONFIG,
      prepare,
      logger,
      setTimer,
      soon,
      random: draws.next,
      sessionId: uuid,
    });
    const agents = createAgentDoor({
      authenticator,
      liveness,
      clock,
      logger,
      events: noEvents,
      uuid,
      timers,
    });
    if (!process.alive) return;
    this.#disturbedUntil = agenda.now;
    this.#running = {
      process,
      store,
      liveness,
      hub,
      doorOf: (path) => (path === '/v1/agent' ? agents : path === '/v1/stream' ? hub.door : undefined),
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
