import { WebSocket } from 'ws';
import type { Tokens } from './tokens.ts';

/**
 * A gateway: one connection that reports for many hosts, each interval, whatever becomes of the server. A host that
 * died is simply left out from then on.
 */
export class Gateway {
  readonly #hosts: Set<string>;
  readonly #url: () => string;
  readonly #interval: number;
  readonly #tokens: Tokens;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #answers = 0;
  #quietUntil = 0;
  #turnedAt: number | undefined;
  #longest = 0;

  constructor(hosts: readonly string[], url: () => string, interval: number, tokens: Tokens) {
    this.#tokens = tokens;
    this.#hosts = new Set(hosts);
    this.#url = url;
    this.#interval = interval;
  }

  start(): this {
    this.#turn();
    return this;
  }

  /** @returns whether it was this gateway's */
  die(host: string): boolean {
    return this.#hosts.delete(host);
  }

  /** How many of its reports were answered. */
  get answers(): number {
    return this.#answers;
  }

  /** The longest it took from turn to turn: beyond its interval it is this machine that was late, and not the judge. */
  get longestTurn(): number {
    return this.#longest;
  }

  /** Says nothing and connects to nobody for a while, as after a break of its network. */
  quiet(ms: number): void {
    this.#quietUntil = performance.now() + ms;
    this.#socket?.terminate();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.terminate();
  }

  #turn(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#turn(), this.#interval);
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - (this.#turnedAt ?? now));
    this.#turnedAt = now;
    if (performance.now() < this.#quietUntil) return;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#report(this.#socket);
    else if (this.#socket === undefined) void this.#connect();
  }

  #report(socket: WebSocket): void {
    if (this.#hosts.size === 0) return;
    socket.send(JSON.stringify({ type: 'report', reports: [...this.#hosts].map((host) => ({ host })) }));
  }

  async #connect(): Promise<void> {
    const token = await this.#tokens.of('agent', 'p0').catch(() => undefined);
    if (token === undefined) return;
    if (this.#stopped || this.#socket !== undefined) return;
    const socket = new WebSocket(`${this.#url().replace(/^http/, 'ws')}/v1/agent`, ['hostbeat-agent.v1'], {
      headers: { 'x-auth-token': token },
      handshakeTimeout: 5_000,
    });
    this.#socket = socket;
    socket.on('open', () => this.#report(socket));
    socket.on('message', (data) => {
      if (data.toString().includes('"reported"')) this.#answers += 1;
    });
    socket.on('unexpected-response', (_request, response) => {
      if (response.statusCode === 401) this.#tokens.forget('agent');
      socket.terminate();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (!this.#stopped) setTimeout(() => this.#turnNow(), 50 + Math.random() * 200);
    });
  }

  /** Reconnects at once, and not only for the next report. */
  #turnNow(): void {
    clearTimeout(this.#timer);
    this.#turn();
  }
}
