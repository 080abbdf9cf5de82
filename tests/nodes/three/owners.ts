/** Sockets that follow projects, move to another node when theirs goes, and check every frame that they get. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

interface Frame {
  readonly type: string;
  readonly how?: string;
  readonly reason?: string;
  readonly cursor?: string;
  readonly seq?: number;
  readonly items?: readonly { readonly host_status?: string; readonly cause?: string }[];
}

/** What every frame of a stream must be, the same for all who get it. */
export class Witness {
  readonly #frames = new Map<string, string>();
  readonly violations: string[] = [];
  frames = 0;

  /** Every frame that an owner received, as its stream and number. */
  get seen(): Iterable<string> {
    return this.#frames.keys();
  }

  saw(stream: string, seq: number, items: Frame['items']): void {
    const text = JSON.stringify(items);
    const key = `${stream} ${seq}`;
    const before = this.#frames.get(key);
    if (before !== undefined && before !== text) this.violations.push(`${key} with two contents`);
    this.#frames.set(key, text);
    this.frames += 1;
    for (const { host_status, cause } of items ?? []) {
      if (host_status === 'UNKNOWN') this.violations.push(`${key}: UNKNOWN by ${cause}`);
    }
  }
}

export class Owner {
  readonly #urls: () => readonly string[];
  readonly #token: string;
  readonly #project: string;
  readonly #witness: Witness;
  #at: number;
  #cursor: string | undefined;
  #socket: WebSocket | undefined;
  #stopped = false;
  seq = 0;
  connections = 0;
  readonly #running: Promise<void>;

  constructor(
    place: { readonly urls: () => readonly string[]; readonly at: number },
    who: { readonly token: string; readonly project: string },
    witness: Witness,
  ) {
    this.#urls = place.urls;
    this.#at = place.at;
    this.#token = who.token;
    this.#project = who.project;
    this.#witness = witness;
    this.#running = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#socket?.terminate();
    await this.#running;
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      await this.#connection();
      this.#at += 1;
      await sleep(100 + Math.random() * 400);
    }
  }

  #connection(): Promise<void> {
    const urls = this.#urls();
    const url = urls[this.#at % urls.length] ?? '';
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, 'hostbeat.v1', {
      headers: { 'X-Auth-Token': this.#token },
      handshakeTimeout: 3_000,
    });
    this.#socket = socket;
    return new Promise((resolve) => {
      // A stopped server sends nothing, not even health.
      let watchdog = setTimeout(() => socket.terminate(), 6_000);
      socket.on('open', () => {
        this.connections += 1;
        const from = this.#cursor === undefined ? {} : { cursor: this.#cursor };
        const stream = { stream: 'project', project_id: this.#project };
        socket.send(JSON.stringify({ type: 'subscribe', id: 's', ...stream, ...from }));
      });
      socket.on('message', (data) => {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => socket.terminate(), 6_000);
        this.#take(JSON.parse(String(data)) as Frame);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearTimeout(watchdog);
        resolve();
      });
    });
  }

  #take({ type, how, reason, cursor, seq = 0, items }: Frame): void {
    const { violations } = this.#witness;
    if (type === 'synced') {
      if (this.#cursor !== undefined && how !== 'resumed')
        violations.push(`${this.#project}: ${how} ${reason}`);
      if (this.#cursor === undefined) this.seq = seq;
    }
    if (type === 'event') {
      if (seq !== this.seq + 1) violations.push(`${this.#project}: ${seq} came after ${this.seq}`);
      this.seq = seq;
      this.#witness.saw(this.#project, seq, items);
    }
    if (cursor !== undefined) this.#cursor = cursor;
  }
}
