/** Sockets that follow projects, move to another node when theirs goes, and check every frame that they get. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { epochOf, type Frame, type Witness } from './witness.ts';

/** A stopped server sends nothing, not even health. */
const SILENCE_MS = 6_000;

export interface OwnerOptions {
  readonly urls: () => readonly string[];
  /** Place of the first node that it asks. */
  readonly at: number;
  readonly token: string;
  readonly project: string;
  readonly witness: Witness;
}

export class Owner {
  readonly #options: OwnerOptions;
  #at: number;
  #cursor: string | undefined;
  #socket: WebSocket | undefined;
  #stopped = false;
  readonly #running: Promise<void>;
  seq = 0;
  connections = 0;
  /** Connections that this owner did not end itself. */
  ended = 0;
  /** Since when it has a subscription at a node; undefined without one. */
  liveSince: number | undefined;
  /** Of the history that it follows. */
  epoch: string | undefined;
  /** Why it was reset, and when, oldest first. */
  readonly resets: { readonly reason: string | undefined; readonly at: number }[] = [];
  /** What the last health frame said. */
  health: string | undefined;

  constructor(options: OwnerOptions) {
    this.#options = options;
    this.#at = options.at;
    this.#running = this.#follow();
  }

  get project(): string {
    return this.#options.project;
  }

  /** Place of the node that it follows, or tries next. */
  get node(): number {
    return this.#at % this.#options.urls().length;
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
    const { urls, token, project } = this.#options;
    const { node } = this;
    const socket = new WebSocket(`${(urls()[node] ?? '').replace('http', 'ws')}/v1/stream`, 'hostbeat.v1', {
      headers: { 'X-Auth-Token': token },
      handshakeTimeout: 3_000,
    });
    this.#socket = socket;
    return new Promise((resolve) => {
      let isOurs = false;
      const giveUp = () => {
        isOurs = true;
        socket.terminate();
      };
      let watchdog = setTimeout(giveUp, SILENCE_MS);
      socket.on('open', () => {
        this.connections += 1;
        const from = this.#cursor === undefined ? {} : { cursor: this.#cursor };
        socket.send(
          JSON.stringify({ type: 'subscribe', id: 's', stream: 'project', project_id: project, ...from }),
        );
      });
      socket.on('message', (data) => {
        clearTimeout(watchdog);
        watchdog = setTimeout(giveUp, SILENCE_MS);
        const text = String(data);
        this.#take(node, text, JSON.parse(text) as Frame);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearTimeout(watchdog);
        this.liveSince = undefined;
        if (!isOurs) this.ended += 1;
        resolve();
      });
    });
  }

  #take(node: number, text: string, frame: Frame): void {
    const { witness, project } = this.#options;
    const { type, how, reason, cursor, seq = 0, observer } = frame;
    if (frame.epoch !== undefined) this.epoch = epochOf(frame);
    if (type === 'health') this.health = observer;
    if (type === 'error') witness.violations.push(`${project}: ${text}`);
    if (type === 'synced') {
      if (this.#cursor !== undefined && how !== 'resumed')
        this.resets.push({ reason, at: performance.now() });
      if (this.#cursor === undefined || how !== 'resumed') this.seq = seq;
      this.liveSince = performance.now();
    }
    if (type === 'event') {
      if (seq !== this.seq + 1) witness.violations.push(`${project}: ${seq} came after ${this.seq}`);
      this.seq = seq;
      witness.saw(node, project, text, frame);
    }
    if (cursor !== undefined) this.#cursor = cursor;
  }
}
