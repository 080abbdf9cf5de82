import type { ServerState, ServiceState } from '../../../client-sdk/protocol/items.ts';
import type { WatchItem } from '../../../client-sdk/src/stream-types.ts';
import { type Watch, watch } from '../../../client-sdk/src/watch.ts';
import { apply, type Item, type Told } from '../checker/history.ts';
import { WireCheck } from '../checker/wire.ts';
import type { Connection } from '../machine/network.ts';
import { SimProcess } from '../machine/process.ts';
import type { Random } from '../machine/random.ts';
import { socketClass } from '../machine/web-socket.ts';
import { CONFIG, type World } from '../world.ts';
import type { Server } from './server.ts';

type AnyItem = WatchItem<'project'> | WatchItem<'hosts'>;

export interface OwnerOptions {
  readonly name: string;
  readonly token: string;
  readonly stream: string;
  /** How long its application may take over one item, ms. */
  readonly slowness: number;
  readonly maxBuffered: number;
  readonly forbidden: readonly string[];
  readonly floor: (stream: string) => number;
}

interface Kept {
  readonly cursor: string | undefined;
  readonly state: Map<string, Told>;
}

/**
 * An application that follows a stream with the SDK. It keeps its state and its cursor together, as it should; when it
 * dies it goes on from there. What it is told is checked on the wire and at the application.
 */
export class Owner {
  readonly name: string;
  readonly stream: string;
  readonly #world: World;
  readonly #server: Server;
  readonly #options: OwnerOptions;
  readonly #random: Random;
  #process: SimProcess;
  #started: SimProcess | undefined;
  #watch: Watch<'project'> | Watch<'hosts'> | undefined;
  #state = new Map<string, Told>();
  #kept: Kept = { cursor: undefined, state: new Map() };
  #seq: number | undefined;
  #partitionedUntil = 0;
  #newest: { readonly connection: Connection; readonly wire: WireCheck } | undefined;

  constructor(world: World, server: Server, options: OwnerOptions) {
    this.name = options.name;
    this.stream = options.stream;
    this.#world = world;
    this.#server = server;
    this.#options = options;
    this.#random = world.random.branch();
    this.#process = new SimProcess(options.name, world.agenda, this.#random.branch());
  }

  get process(): SimProcess {
    return this.#process;
  }

  get state(): ReadonlyMap<string, Told> {
    return this.#state;
  }

  get isLive(): boolean {
    return this.#watch?.client.state === 'live';
  }

  get clientState(): string {
    const { error, state } = this.#watch?.client ?? {};
    return `${state} ${error?.message ?? ''}`;
  }

  /** Its connection and where it stands, while it is told everything as it comes. */
  get following(): { readonly connection: Connection; readonly place: number } | undefined {
    const place = this.#newest?.wire.livePlace;
    const connection = this.#newest?.connection;
    if (place === undefined || connection === undefined || connection.isOver(connection.client))
      return undefined;
    return { connection, place };
  }

  start(): void {
    const process = this.#process;
    if (this.#started === process) return;
    this.#started = process;
    process.soon(() => {
      void this.#follow(process);
    });
  }

  crash(): void {
    if (!this.#process.alive) return;
    this.#world.note(`${this.name} dies`);
    this.#process.kill();
    this.#newest = undefined;
    this.#watch = undefined;
    this.#world.agenda.after(this.#random.between(10, 1_500), () => {
      this.#world.note(`${this.name} starts again`);
      this.#process = new SimProcess(this.name, this.#world.agenda, this.#random.branch());
      this.#state = new Map(this.#kept.state);
      this.#seq = undefined;
      this.start();
    });
  }

  /** Its way to the server: reset, half-open, standing still for a while, or gone for a while. */
  disturb(how: 'reset' | 'cut' | 'stall' | 'partition', ms: number): void {
    this.#world.note(`${this.name}: ${how} ${Math.round(ms)}`);
    const connection = this.#newest?.connection;
    if (how === 'partition') this.#partitionedUntil = this.#world.agenda.now + ms;
    if (how === 'reset') connection?.reset();
    else if (how === 'stall') connection?.stall(ms);
    else connection?.cut();
  }

  /** The network is back, and the application knows. */
  heal(): void {
    this.#partitionedUntil = 0;
    this.#watch?.client.retry();
  }

  async #follow(process: SimProcess): Promise<void> {
    const { stream, token, maxBuffered } = this.#options;
    const followed = watch({
      url: 'http://hostbeat.test',
      token: async () => token,
      stream: stream === 'hosts' ? 'hosts' : 'project',
      cursor: this.#kept.cursor,
      onCursor: (cursor) => {
        if (process.alive) this.#kept = { cursor, state: new Map(this.#state) };
      },
      acknowledge: this.#random.chance(0.5),
      openTimeoutMs: 2_000,
      maxBuffered,
      WebSocket: this.#webSocket(process),
      // The other way in asks by fetch, which is not simulated.
      transport: 'websocket',
      random: this.#random.branch().next,
      now: () => process.clock.monotonic(),
      setTimer: process.setTimer,
    });
    this.#watch = followed as Watch<'project'>;
    try {
      for await (const item of followed as AsyncIterable<AnyItem>) {
        if (!process.alive) return;
        this.#take(item);
        const { slowness } = this.#options;
        if (slowness > 0) await process.sleep(this.#random.between(0, slowness));
      }
    } catch (error) {
      this.#wrong('G1', `the stream ended: ${String(error)}`);
    }
  }

  #webSocket(process: SimProcess) {
    const { world, options } = { world: this.#world, options: this.#options };
    return socketClass({
      ...world,
      process,
      listening: () => this.#server.running,
      reachable: () => world.agenda.now >= this.#partitionedUntil,
      tap: () => {
        const wire = new WireCheck({
          who: options.name,
          stream: options.stream,
          history: world.history,
          violations: world.violations,
          forbidden: options.forbidden,
          maxReplay: CONFIG.maxReplay,
          floor: () => options.floor(options.stream),
        });
        return {
          opened: (connection) => {
            if (process.alive) this.#newest = { connection, wire };
          },
          sent: (text) => wire.sent(text),
          received: (text) => wire.received(text),
        };
      },
    });
  }

  /** G1 as the application sees it: each change once and in order, from where it was. */
  #take(item: AnyItem): void {
    if (item.type !== 'change') {
      const states: readonly (ServerState | ServiceState)[] =
        'servers' in item ? item.servers : item.services;
      this.#state = new Map(states.map((state) => told(state)).map((state) => [state.id, state]));
      this.#seq = undefined;
      return;
    }
    const { seq, change } = item;
    if (this.#seq !== undefined && seq !== this.#seq && seq !== this.#seq + 1)
      this.#wrong('G1', `was handed ${seq} after ${this.#seq}`);
    this.#seq = seq;
    apply(this.#state, change as Item);
  }

  #wrong(rule: string, what: string): void {
    if (this.#process.alive) this.#world.violations.add(rule, `${this.name}'s application: ${what}`);
  }
}

function told(state: ServerState | ServiceState): Told {
  const id = 'server_id' in state ? state.server_id : state.service_id;
  const hostId = 'host_id' in state ? state.host_id : undefined;
  return { id, status: state.host_status ?? '', facts: state.facts as Told['facts'], hostId };
}
