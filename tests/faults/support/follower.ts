import { WebSocket } from 'ws';
import type { Downstream } from '../../../client-sdk/protocol/downstream.ts';
import type { StreamName } from '../../../server/ports/log.ts';
import type { Tokens } from './tokens.ts';

export interface Heard {
  /** On the clock of who heard it, in milliseconds since 1970. */
  readonly at: number;
  /** Which of the follower's connections brought it. */
  readonly connection: number;
  readonly frame: Downstream;
}

export interface Account {
  readonly user: string;
  readonly project: string;
}

/**
 * Follows a stream and keeps every frame. It is no client of ours but the protocol's: nothing of it is shared with
 * what it judges. It comes back at once, for ever, with the newest cursor it was given.
 */
export class Follower {
  readonly stream: StreamName;
  readonly heard: Heard[] = [];
  readonly #account: Account;
  readonly #url: () => string;
  readonly #tokens: Tokens;
  #cursor: string | undefined;
  #connections = 0;
  #socket: WebSocket | undefined;
  #stopped = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(stream: StreamName, account: Account, url: () => string, tokens: Tokens) {
    this.#tokens = tokens;
    this.stream = stream;
    this.#account = account;
    this.#url = url;
  }

  start(): this {
    this.#ended = this.#run();
    return this;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#socket?.terminate();
    await this.#ended;
  }

  /** Gives up a connection of which it has no news. */
  reconnect(): void {
    this.#socket?.terminate();
  }

  /** Reads nothing for a while, as a program that hangs. */
  stall(ms: number): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.pause();
    setTimeout(() => socket.resume(), ms);
  }

  get connections(): number {
    return this.#connections;
  }

  frames<T extends Downstream['type']>(type: T): Extract<Downstream, { type: T }>[] {
    return this.heard.map(({ frame }) => frame).filter((frame) => frame.type === type) as never;
  }

  /** Place of the newest item that it received. */
  get seq(): number {
    const last = this.heard.findLast(({ frame }) => frame.type === 'event' || frame.type === 'synced');
    return last !== undefined && 'seq' in last.frame ? (last.frame.seq ?? 0) : 0;
  }

  /** How hostbeat said it is, last. */
  get observer(): string | undefined {
    return this.frames('health').at(-1)?.observer;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const token = await this.#tokens.of(this.#account.user, this.#account.project);
        if (!this.#stopped) await this.#connect(token);
      } catch {
        // Nobody is there; soon again.
      }
      if (!this.#stopped) await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
    }
  }

  /** Resolves when the connection is over. */
  #connect(token: string): Promise<void> {
    const number = ++this.#connections;
    const stream = this.stream === 'hosts' ? 'hosts' : 'project';
    const socket = new WebSocket(`${this.#url().replace(/^http/, 'ws')}/v1/stream`, ['hostbeat.v1'], {
      headers: { 'x-auth-token': token },
      handshakeTimeout: 5_000,
    });
    this.#socket = socket;
    return new Promise((resolve) => {
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'subscribe', id: 's', stream, cursor: this.#cursor })),
      );
      socket.on('message', (data) => {
        const frame = JSON.parse(data.toString()) as Downstream;
        this.heard.push({ at: Date.now(), connection: number, frame });
        if (frame.type === 'event' || frame.type === 'synced') this.#cursor = frame.cursor;
        if (frame.type === 'health') this.#cursor = frame.subscriptions[0]?.cursor ?? this.#cursor;
      });
      socket.on('unexpected-response', (_request, response) => {
        if (response.statusCode === 401) this.#tokens.forget(this.#account.user);
        socket.terminate();
      });
      socket.on('error', () => undefined);
      socket.on('close', (code) => {
        if (code === 4103 || code === 4401) this.#tokens.forget(this.#account.user);
        resolve();
      });
    });
  }
}
