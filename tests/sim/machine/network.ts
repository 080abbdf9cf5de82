import type { Agenda } from './agenda.ts';
import type { SimProcess } from './process.ts';
import type { Random } from './random.ts';

/** What a healthy way takes at most, in one direction. */
export const MAX_LATENCY = 20;

interface Message {
  readonly bytes: number;
  readonly read: () => void;
  readonly arrived: (() => void) | undefined;
}

/** One direction of a connection: in order, with a sender's buffer that is seen to fill when the reader is slow. */
export class Pipe {
  /** Handed over and not yet taken by the kernel. */
  buffered = 0;
  /** Data sent from now on is lost, and neither end learns it. */
  cut = false;
  /** Until when something was wrong with this direction. */
  disturbedUntil = 0;
  readonly #from: SimProcess;
  readonly #to: SimProcess;
  readonly #network: Network;
  readonly #agenda: Agenda;
  readonly #waiting: Message[] = [];
  readonly #underWay: Message[] = [];
  #lastArrival = 0;
  #stalledUntil = 0;
  #whenEmpty: (() => void)[] = [];

  constructor(from: SimProcess, to: SimProcess, network: Network, agenda: Agenda) {
    this.#from = from;
    this.#to = to;
    this.#network = network;
    this.#agenda = agenda;
  }

  /** @param arrived what the receiver's kernel sees, also if its process never comes to read it */
  send(bytes: number, read: () => void, arrived?: () => void): void {
    if (!this.#from.alive) return;
    this.buffered += bytes;
    if (!this.cut) {
      this.#waiting.push({ bytes, read, arrived });
      this.#agenda.at(this.#stalledUntil, this.#depart);
    }
    this.#network.sent(this.#from);
  }

  /** One call for each message, whichever it is: the first in the queue is the next to go. */
  readonly #depart = (): false => {
    if (this.cut) return false;
    if (this.#stalledUntil > this.#agenda.now) {
      this.#agenda.at(this.#stalledUntil, this.#depart);
      return false;
    }
    const message = this.#waiting.shift();
    if (message === undefined) return false;
    this.buffered -= message.bytes;
    if (this.buffered === 0) for (const then of this.#whenEmpty.splice(0)) this.#from.deliver(this, then);
    this.#underWay.push(message);
    this.#lastArrival = Math.max(this.#lastArrival, this.#agenda.now + this.#network.latency());
    this.#agenda.at(this.#lastArrival, this.#arrive);
    return false;
  };

  readonly #arrive = (): false => {
    // Of a process that is dead the kernel takes nothing, though the sender may not know yet.
    if (this.cut || !this.#to.alive) return false;
    const { arrived, read } = this.#underWay.shift() as Message;
    arrived?.();
    this.#to.deliver(this, read);
    return false;
  };

  /** What the kernel has, or would take at once, arrives, and then this; what waits for a slow reader is lost. */
  finish(then: () => void): void {
    if (this.#stalledUntil <= this.#agenda.now) while (!this.cut && this.#waiting.length > 0) this.#depart();
    this.#waiting.length = 0;
    this.#lastArrival = Math.max(this.#lastArrival, this.#agenda.now + this.#network.latency());
    this.#agenda.at(this.#lastArrival, () => {
      // Of the same instant either may come first; what was said before is heard before.
      this.#agenda.after(0.001, () => {
        this.#to.deliver(this, then);
        return false;
      });
      return false;
    });
  }

  drained(then: () => void): void {
    if (this.buffered === 0) this.#from.soon(then);
    else this.#whenEmpty.push(then);
  }

  /** The reader takes nothing for so long. */
  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#agenda.now + ms);
    this.disturbedUntil = Math.max(this.disturbedUntil, this.#stalledUntil + MAX_LATENCY);
  }
}

/** The events of one end of a connection besides its messages. */
export interface End {
  readonly process: SimProcess;
  /** Once: the connection is over for this end. 1006 where nobody said goodbye. */
  closed(code: number): void;
}

/** Two ends and the way between. What the WebSocket protocol says lies above. */
export class Connection {
  readonly client: End;
  readonly server: End;
  readonly up: Pipe;
  readonly down: Pipe;
  readonly #network: Network;
  readonly #over = new Set<End>();

  constructor(client: End, server: End, network: Network, agenda: Agenda) {
    this.client = client;
    this.server = server;
    this.#network = network;
    this.up = new Pipe(client.process, server.process, network, agenda);
    this.down = new Pipe(server.process, client.process, network, agenda);
    network.connections.add(this);
    client.process.onKilled(() => this.#died(client));
    server.process.onKilled(() => this.#died(server));
  }

  /** Is the way as good as ever, and has been since `since`? */
  isSoundSince(since: number): boolean {
    return (
      !this.down.cut && !this.up.cut && Math.max(this.down.disturbedUntil, this.up.disturbedUntil) < since
    );
  }

  isOver(end: End): boolean {
    return this.#over.has(end);
  }

  /** This end knows now that it is over. */
  end(end: End, code: number): void {
    if (this.#over.has(end)) return;
    this.#over.add(end);
    if (this.#over.size === 2) this.#network.connections.delete(this);
    end.closed(code);
  }

  /** Notifies the other end, after everything that was sent before. */
  tellEnd(end: End, code: number): void {
    const pipe = end === this.client ? this.down : this.up;
    pipe.send(0, () => this.end(end, code));
  }

  /** Somebody on the way resets it: both ends learn it, and what is under way is lost. */
  reset(): void {
    this.cut();
    for (const end of [this.client, this.server]) this.#hear(end);
  }

  /** Nothing comes through any more, and neither end learns it: half-open. */
  cut(): void {
    this.up.cut = true;
    this.down.cut = true;
  }

  stall(ms: number): void {
    this.up.stall(ms);
    this.down.stall(ms);
  }

  /** A kernel closes what its process leaves open; a machine that is gone says nothing. */
  #died(end: End): void {
    this.#over.add(end);
    const other = end === this.client ? this.server : this.client;
    if (this.#over.has(other)) return void this.#network.connections.delete(this);
    const silent = this.up.cut || this.#network.diesSilently();
    const [said, unheard] = end === this.client ? [this.up, this.down] : [this.down, this.up];
    unheard.cut = true;
    // What the dead process had handed over is on its way still.
    if (silent) said.cut = true;
    else said.finish(() => this.end(other, 1006));
  }

  /** The kernel hands over what had arrived before it reports the end. */
  #hear(end: End): void {
    const received = end === this.client ? this.down : this.up;
    this.#network.later(() => end.process.deliver(received, () => this.end(end, 1006)));
  }
}

export class Network {
  readonly connections = new Set<Connection>();
  readonly #agenda: Agenda;
  readonly #random: Random;
  #awaited: { readonly of: SimProcess | undefined; left: number; readonly then: () => void } | undefined;

  constructor(agenda: Agenda, random: Random) {
    this.#agenda = agenda;
    this.#random = random;
  }

  /** So many messages of this process from now. */
  afterSends(of: SimProcess | undefined, count: number, then: () => void): void {
    this.#awaited = { of, left: count, then };
  }

  sent(by: SimProcess): void {
    const awaited = this.#awaited;
    if (awaited === undefined || awaited.of !== by || --awaited.left > 0) return;
    this.#awaited = undefined;
    awaited.then();
  }

  latency(): number {
    return this.#random.between(0.2, this.#random.chance(0.1) ? MAX_LATENCY : 3);
  }

  diesSilently(): boolean {
    return this.#random.chance(0.25);
  }

  /** After one way's time. */
  later(act: () => void): void {
    this.#agenda.after(this.latency(), act);
  }
}
