import type { SimProcess } from '../machine/process.ts';
import type { Random } from '../machine/random.ts';
import { type ClientSocket, socketClass } from '../machine/web-socket.ts';
import { CONFIG, type World } from '../world.ts';
import type { Server } from './server.ts';

export type AgentKind = 'http' | 'socket';

export interface AgentOptions {
  readonly host: string;
  readonly kind: AgentKind;
  readonly interval: number;
  /** Share of reports that are lost on the way. */
  readonly loss: number;
}

/**
 * One host's agent. It reports over HTTP, where requests may be lost, come twice and overtake each other, or over a
 * socket, which it opens again when it breaks.
 */
export class SimAgent {
  readonly host: string;
  readonly #world: World;
  readonly #server: Server;
  readonly #options: AgentOptions;
  readonly #random: Random;
  readonly #process: SimProcess;
  #silent = true;
  #round = 0;
  #partitionedUntil = 0;
  #socket: ClientSocket | undefined;

  constructor(world: World, server: Server, process: SimProcess, options: AgentOptions) {
    this.host = options.host;
    this.#world = world;
    this.#server = server;
    this.#process = process;
    this.#options = options;
    this.#random = world.random.branch();
  }

  get isAlive(): boolean {
    return !this.#silent;
  }

  /** Does it keep to the interval it was given? Only then is a time in which nothing could arrive our fault alone. */
  get #isPrompt(): boolean {
    return this.#options.interval <= CONFIG.reportInterval && this.#options.loss === 0;
  }

  /** Is nothing between it and us? */
  get isReachable(): boolean {
    return this.#world.agenda.now >= this.#partitionedUntil && this.#server.isReachable;
  }

  start(): void {
    if (!this.#silent) return;
    this.#silent = false;
    this.#world.note(`${this.host} lives`);
    this.#repeat(++this.#round, this.#random.between(0, this.#options.interval));
  }

  /** The host dies: with a FIN from its kernel, or without a word. */
  die(silently: boolean): void {
    if (this.#silent) return;
    this.#world.note(`${this.host} dies${silently ? ' silently' : ''}`);
    this.#silent = true;
    if (silently) this.#socket?.cut();
    else this.#socket?.drop();
    this.#forget();
  }

  goodbye(reason: 'shutdown' | 'restart', ttl: number): void {
    if (this.#silent || this.#socket?.readyState !== 1) return;
    this.#world.note(`${this.host} says goodbye (${reason} ${Math.round(ttl)})`);
    this.#socket.send(
      JSON.stringify({
        type: 'goodbye',
        reason,
        ...(reason === 'restart' ? { ttl_ms: Math.round(ttl) } : {}),
      }),
    );
    this.#silent = true;
    this.#socket.close(1000);
    this.#forget();
  }

  /** It is held up: nothing is said before `until`, and then at once. */
  reportNotBefore(until: number): void {
    if (this.#silent) return;
    this.#world.note(`${this.host} reports not before ${Math.round(until)}`);
    this.#repeat(++this.#round, until - this.#world.agenda.now);
  }

  /** Its connection is reset by somebody on the way. */
  breakConnection(): void {
    this.#world.note(`${this.host}'s connection breaks`);
    this.#socket?.drop();
  }

  partition(ms: number): void {
    this.#world.note(`${this.host} is cut off for ${Math.round(ms)}`);
    this.#partitionedUntil = this.#world.agenda.now + ms;
    this.#socket?.cut();
  }

  #forget(): void {
    this.#socket = undefined;
  }

  #repeat(round: number, wait: number): void {
    this.#world.agenda.after(wait, () => {
      if (this.#silent || round !== this.#round) return;
      this.#report();
      this.#repeat(round, this.#options.interval * this.#random.between(0.9, 1));
    });
  }

  #report(): void {
    const socket = this.#socket;
    if (this.#options.kind === 'http') this.#post();
    else if (socket?.readyState === 1 && this.#answered) this.#say(socket);
    else this.#connect();
  }

  /** Answers are missed when the connection is half-open: the next report then goes over a new one. */
  #answered = true;

  #say(socket: ClientSocket): void {
    this.#answered = false;
    socket.send(JSON.stringify({ type: 'report', reports: [{ host: this.host }] }));
  }

  #connect(): void {
    this.#wouldReport();
    this.#socket?.close(1000);
    const { agenda, silences } = this.#world;
    const round = this.#round;
    const WebSocket = socketClass({
      ...this.#world,
      process: this.#process,
      listening: () => this.#server.running,
      headers: { 'x-auth-token': 'agent' },
      reachable: () => this.isReachable,
      tap: () => ({
        arrived: (text) => {
          if (text.includes('"report"')) silences.reported(this.host);
          if (text.includes('"goodbye"')) silences.goodbye(this.host);
        },
        serverEnded: () => silences.connectionEnded(this.host),
      }),
    });
    const socket: ClientSocket = new WebSocket('http://hostbeat.test/v1/agent', ['hostbeat-agent.v1']);
    this.#socket = socket;
    this.#answered = true;
    socket.onopen = () => {
      if (this.#socket === socket && !this.#silent) this.#say(socket);
    };
    socket.onmessage = () => {
      if (this.#socket === socket) this.#answered = true;
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      agenda.after(this.#random.between(50, 400), () => {
        if (!this.#silent && round === this.#round && this.#socket === undefined) this.#connect();
      });
    };
  }

  /** It did all it could; if nobody is there to hear it, that is our fault and not its silence. */
  #wouldReport(): void {
    const { agenda, silences } = this.#world;
    if (agenda.now < this.#partitionedUntil) return;
    const isDown = this.#server.running === undefined;
    if (isDown || (!this.#server.isReachable && this.#isPrompt)) silences.wouldHaveReported(this.host);
  }

  #post(): void {
    const { agenda, network, count } = this.#world;
    if (!this.#server.isReachable) this.#wouldReport();
    if (!this.isReachable) return;
    if (this.#random.chance(this.#options.loss)) {
      count('a report is lost');
      return;
    }
    const times = this.#random.chance(0.1) ? 2 : 1;
    if (times > 1) count('a report comes twice');
    for (let copy = 0; copy < times; copy++) {
      const late = copy === 0 && !this.#random.chance(0.05) ? 0 : this.#random.between(0, 300);
      if (late > 0 && copy === 0) count('a report is held up, and may be overtaken');
      agenda.after(late + network.latency(), () => this.#arrive());
    }
  }

  #arrive(): void {
    const { authority, silences, violations } = this.#world;
    const running = this.#server.running;
    if (running === undefined) silences.wouldHaveReported(this.host);
    else silences.reported(this.host);
    running?.process.accept(() =>
      running.process.deliver({}, () => {
        const identity = authority.tokens.get('agent');
        if (identity === undefined) return;
        running.liveness.accept([{ host: this.host }], identity).catch((error: unknown) => {
          if (running.process.alive) violations.add('G4', `a report failed: ${String(error)}`);
        });
      }),
    );
  }
}
