import { apply, type Item, type Told } from '../checker/history.ts';
import { toldBy, type WireCheck } from '../checker/wire.ts';
import { fetchOver } from '../machine/fetch.ts';
import type { Connection } from '../machine/network.ts';
import { SimProcess } from '../machine/process.ts';
import type { Random } from '../machine/random.ts';
import type { World } from '../world.ts';
import { type Follower, type FollowerOptions, wireCheck } from './follower.ts';
import type { Server } from './server.ts';

/** As `/v1/changes` answers. */
interface Answer {
  readonly how: 'snapshot' | 'resumed';
  readonly cursor: string;
  readonly items: readonly never[];
  readonly error?: { readonly reason?: string };
}

const WAIT_S = 2;
const PATIENCE = 4_000;

/** An application that asks for changes again and again, and keeps the cursor it was given. */
export class Poller implements Follower {
  readonly name: string;
  readonly stream: string;
  readonly following = undefined;
  readonly #world: World;
  readonly #server: Server;
  readonly #options: FollowerOptions;
  readonly #random: Random;
  #process: SimProcess;
  #connection: Connection | undefined;
  #wire: WireCheck | undefined;
  #state = new Map<string, Told>();
  #cursor: string | undefined;
  #partitionedUntil = 0;
  #last = 'has not asked';

  constructor(world: World, server: Server, options: FollowerOptions) {
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

  get wire(): WireCheck | undefined {
    return this.#wire;
  }

  get isLive(): boolean {
    return this.#last === '200';
  }

  get clientState(): string {
    return this.#last;
  }

  start(): void {
    const process = this.#process;
    process.soon(() => void this.#follow(process));
  }

  crash(): void {
    this.#world.note(`${this.name} dies`);
    this.#process.kill();
    this.#world.agenda.after(this.#random.between(10, 1_500), () => {
      if (this.#process.alive) return;
      this.#process = new SimProcess(this.name, this.#world.agenda, this.#random.branch());
      this.start();
    });
  }

  disturb(how: 'reset' | 'cut' | 'stall' | 'partition', ms: number): void {
    this.#world.note(`${this.name}: ${how} ${Math.round(ms)}`);
    if (how === 'partition') this.#partitionedUntil = this.#world.agenda.now + ms;
    if (how === 'reset') this.#connection?.reset();
    else if (how === 'stall') this.#connection?.stall(ms);
    else this.#connection?.cut();
  }

  heal(): void {
    this.#partitionedUntil = 0;
  }

  async #follow(process: SimProcess): Promise<void> {
    while (process.alive) {
      try {
        await this.#ask(process);
      } catch (error) {
        this.#last = String(error);
      }
      if (!this.isLive) await process.sleep(this.#random.between(50, 1_000));
    }
  }

  async #ask(process: SimProcess): Promise<void> {
    const { who, stream, wanted } = this.#options;
    const { authority } = this.#world;
    const token = authority.issue(who);
    const rights = authority.rightsOf(
      who,
      () => token,
      () => this.#server.soundSince,
    );
    const wire = wireCheck(this.#world, this.#options, rights);
    const query = new URLSearchParams({
      stream: stream === 'hosts' ? 'hosts' : 'project',
      wait: `${WAIT_S}`,
    });
    for (const status of wanted ?? []) query.append('host_status', status);
    if (this.#cursor !== undefined) query.set('after', this.#cursor);
    wire.asked(this.#cursor);
    const patience = new AbortController();
    const cancel = process.setTimer(() => patience.abort(), PATIENCE);
    const open = fetchOver({
      ...this.#world,
      process,
      listening: () => this.#server.running,
      reachable: () => this.#world.agenda.now >= this.#partitionedUntil,
      opened: (connection) => {
        wire.opened();
        this.#connection = connection;
      },
    });
    try {
      const response = await open(`http://hostbeat.test/v1/changes?${query}`, {
        headers: { 'x-auth-token': token },
        signal: patience.signal,
      });
      const answer = (await response.json()) as Answer;
      if (process.alive) this.#take(response.status, answer, wire);
    } finally {
      cancel();
    }
  }

  #take(status: number, { how, cursor, items, error }: Answer, wire: WireCheck): void {
    this.#last = `${status}`;
    if (status === 410) {
      if (!wire.isOwedReset(error?.reason))
        this.#world.violations.add('G1', `${this.name}: 410 for ${error?.reason}`);
      this.#cursor = undefined;
    }
    if (status !== 200) return;
    if (how === 'snapshot') {
      wire.received(JSON.stringify({ type: 'snapshot', part: 1, last: true, items }));
      wire.received(JSON.stringify({ type: 'synced', how, cursor }));
      this.#state = new Map(items.map(toldBy).map((told) => [told.id, told]));
    } else {
      wire.polled(cursor, items as readonly Item[]);
      for (const item of items as readonly Item[]) apply(this.#state, item);
    }
    this.#wire = wire;
    this.#cursor = cursor;
  }
}
