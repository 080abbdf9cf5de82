import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { ServerState, ServiceState } from '../../../client-sdk/protocol/items.ts';
import type { WatchItem } from '../../../client-sdk/src/stream-types.ts';
import { type Watch, watch } from '../../../client-sdk/src/watch.ts';
import { apply, type Item, type KnownState } from '../checker/history.ts';
import { stateOf, type WireCheck } from '../checker/wire.ts';
import { fetchOver } from '../machine/fetch.ts';
import type { Connection } from '../machine/network.ts';
import type { SimProcess } from '../machine/process.ts';
import { socketClass } from '../machine/web-socket.ts';
import { Follower, type FollowerOptions, type Following } from './follower.ts';

type AnyItem = WatchItem<'project'> | WatchItem<'hosts'>;

export interface OwnerOptions extends FollowerOptions {
  readonly transport: 'websocket' | 'events';
  /** How long its application may take over one item, ms. */
  readonly slowness: number;
  readonly maxBuffered: number;
}

interface Kept {
  readonly cursor: string | undefined;
  readonly state: Map<string, KnownState>;
}

/**
 * An application that follows a stream with the SDK. It keeps its state and its cursor together, as it should; when it
 * dies it goes on from there. Its items are checked on the wire and at the application.
 */
export class Owner extends Follower<OwnerOptions> {
  #started: SimProcess | undefined;
  #watch: Watch<'project'> | Watch<'hosts'> | undefined;
  #token: string | undefined;
  #kept: Kept = { cursor: undefined, state: new Map() };
  #seq: number | undefined;

  get isLive(): boolean {
    return this.#watch?.client.state === 'live';
  }

  get clientState(): string {
    const { error, state } = this.#watch?.client ?? {};
    return `${state} ${error?.message ?? ''}`;
  }

  get following(): Following | undefined {
    const { connection, wire } = this;
    if (connection === undefined || wire === undefined) return undefined;
    return connection.isOver(connection.client) ? undefined : { connection, wire };
  }

  start(): void {
    const process = this.process;
    if (this.#started === process) return;
    this.#started = process;
    process.soon(() => {
      void this.#follow(process);
    });
  }

  crash(): void {
    if (!this.process.alive) return;
    this.world.note(`${this.name} dies`);
    this.process.kill();
    this.#startAgain(this.random.between(10, 1_500));
  }

  override heal(): void {
    super.heal();
    this.#watch?.client.retry();
  }

  #startAgain(after: number): void {
    this.connection = undefined;
    this.wire = undefined;
    this.#watch = undefined;
    this.world.agenda.after(after, () => {
      this.world.note(`${this.name} starts again`);
      this.process = this.newProcess();
      this.state = new Map(this.#kept.state);
      this.#seq = undefined;
      this.start();
    });
  }

  async #follow(process: SimProcess): Promise<void> {
    const { stream, who, wanted, maxBuffered, transport } = this.options;
    const { agenda, authority } = this.world;
    const began = agenda.now;
    const followed = watch({
      url: 'http://hostbeat.test',
      token: async () => {
        this.#token = authority.issue(who);
        return this.#token;
      },
      stream: stream === 'hosts' ? 'hosts' : 'project',
      hostStatus: wanted === undefined ? undefined : ([...wanted] as HostStatus[]),
      cursor: this.#kept.cursor,
      onCursor: (cursor) => {
        if (process.alive) this.#kept = { cursor, state: new Map(this.state) };
      },
      acknowledge: this.random.chance(0.5),
      openTimeoutMs: 2_000,
      maxBuffered,
      transport,
      WebSocket: this.#webSocket(process),
      fetch: this.#fetch(process),
      random: this.random.branch().next,
      now: () => process.clock.monotonic(),
      setTimer: process.setTimer,
    });
    this.#watch = followed as Watch<'project'>;
    try {
      for await (const item of followed as AsyncIterable<AnyItem>) {
        if (!process.alive) return;
        this.#take(item);
        const { slowness } = this.options;
        if (slowness > 0) await process.sleep(this.random.between(0, slowness));
      }
    } catch (error) {
      if (!process.alive) return;
      // It was refused, and there was reason to: it asks again later.
      if (!authority.mayRefuse(who, this.#token, began))
        this.#wrong('G1', `the stream ended: ${String(error)}`);
      process.kill();
      this.#startAgain(this.random.between(100, 2_000));
    }
  }

  #webSocket(process: SimProcess) {
    return socketClass({
      ...this.world,
      process,
      listening: () => this.server.running,
      reachable: this.reachable,
      tap: () => {
        const wire = this.wireCheck(this.#token);
        return {
          opened: (connection) => this.#opened(process, connection, wire),
          sent: (text) => wire.sent(text),
          received: (text) => wire.received(text),
        };
      },
    });
  }

  /** The frames are in the answer's body, and are looked at as they are read. */
  #fetch(process: SimProcess): typeof fetch {
    return async (address, init) => {
      const { reachable } = this;
      const listening = () => this.server.running;
      // Whether the server is there at all: no stream, and nothing of it is looked at.
      if (String(address).endsWith('/healthz')) {
        return fetchOver({ ...this.world, process, listening, reachable })(address, init);
      }
      const wire = this.wireCheck(this.#token);
      wire.asked(new Headers(init?.headers).get('last-event-id') ?? undefined);
      const open = fetchOver({
        ...this.world,
        process,
        listening,
        reachable,
        opened: (connection) => this.#opened(process, connection, wire),
      });
      const answer = await open(address, init);
      let rest = '';
      const tap = new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          const lines = (rest + Buffer.from(bytes).toString()).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) if (line.startsWith('data: ')) wire.received(line.slice(6));
          controller.enqueue(bytes);
        },
      });
      return new Response(answer.body?.pipeThrough(tap), answer);
    };
  }

  #opened(process: SimProcess, connection: Connection, wire: WireCheck): void {
    if (!process.alive) return;
    wire.opened();
    this.connection = connection;
    this.wire = wire;
  }

  /** G1 as the application sees it: each change once and in order, from where it was. */
  #take(item: AnyItem): void {
    if (item.type !== 'change') {
      const states: readonly (ServerState | ServiceState)[] =
        'servers' in item ? item.servers : item.services;
      this.state = new Map(states.map((state) => stateOf(state as never)).map((state) => [state.id, state]));
      this.#seq = undefined;
      return;
    }
    const { seq, change } = item;
    // An owner who is shown only a part sees no number of the rest.
    const isSparse = this.options.wanted !== undefined || this.world.authority.changedSince(1);
    const follows = (before: number) => seq === before || (isSparse ? seq > before : seq === before + 1);
    if (this.#seq !== undefined && !follows(this.#seq))
      this.#wrong('G1', `was handed ${seq} after ${this.#seq}`);
    this.#seq = seq;
    apply(this.state, change as Item);
  }

  #wrong(rule: string, what: string): void {
    if (this.process.alive) this.world.violations.add(rule, `${this.name}'s application: ${what}`);
  }
}
