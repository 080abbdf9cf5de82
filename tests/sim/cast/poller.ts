import { apply, type Item } from '../checker/history.ts';
import { stateOf, type WireCheck } from '../checker/wire.ts';
import { fetchOver } from '../machine/fetch.ts';
import type { SimProcess } from '../machine/process.ts';
import { Follower } from './follower.ts';

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
export class Poller extends Follower {
  readonly following = undefined;
  #cursor: string | undefined;
  #last = 'has not asked';

  get isLive(): boolean {
    return this.#last === '200';
  }

  get clientState(): string {
    return this.#last;
  }

  start(): void {
    const { process } = this;
    process.soon(() => void this.#follow(process));
  }

  crash(): void {
    this.world.note(`${this.name} dies`);
    this.process.kill();
    this.world.agenda.after(this.random.between(10, 1_500), () => {
      if (this.process.alive) return;
      this.process = this.newProcess();
      this.start();
    });
  }

  async #follow(process: SimProcess): Promise<void> {
    while (process.alive) {
      try {
        await this.#ask(process);
      } catch (error) {
        this.#last = String(error);
      }
      if (!this.isLive) await process.sleep(this.random.between(50, 1_000));
    }
  }

  async #ask(process: SimProcess): Promise<void> {
    const { who, stream, wanted } = this.options;
    const token = this.world.authority.issue(who);
    const wire = this.wireCheck(token);
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
      ...this.world,
      process,
      listening: () => this.server.running,
      reachable: this.reachable,
      opened: (connection) => {
        wire.opened();
        this.connection = connection;
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
        this.world.violations.add('G1', `${this.name}: 410 for ${error?.reason}`);
      this.#cursor = undefined;
    }
    if (status !== 200) return;
    if (how === 'snapshot') {
      wire.received(JSON.stringify({ type: 'snapshot', part: 1, last: true, items }));
      wire.received(JSON.stringify({ type: 'synced', how, cursor }));
      this.state = new Map(items.map(stateOf).map((sent) => [sent.id, sent]));
    } else {
      wire.polled(cursor, items as readonly Item[]);
      for (const item of items as readonly Item[]) apply(this.state, item);
    }
    this.wire = wire;
    this.#cursor = cursor;
  }
}
