import type { Config } from '../../config/config.ts';
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import type { SetTimer } from '../../timers.ts';

/** What keepalive calls on a connection. */
export interface KeepalivePeer {
  beat(due: { readonly ping: boolean; readonly health: boolean }): void;
  /** The pong is overdue: the peer is gone. */
  lost(): void;
}

/** One connection's place on the wheel. */
export interface KeepaliveSlot {
  onPong(): void;
  end(): void;
}

export interface KeepaliveOptions {
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  readonly settings: Pick<Config, 'healthInterval' | 'pingInterval' | 'pongTimeout'>;
}

interface Member extends KeepaliveSlot {
  readonly one: KeepalivePeer;
  beats: number;
  pongBy: Monotonic;
}

const LONGEST_STEP: Duration = 100;
const SHORTEST_STEP: Duration = 10;
const SLOTS = 50;

/**
 * A wheel that turns once in the shorter of the two intervals. Each connection has a random slot, so one step touches a
 * small slice, and ten thousand clients that connected together do not get their frames together for ever. Its time
 * stops while the process is paused: a pong that we could not read then does not mean that the client is silent.
 */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #step: Duration;
  readonly #slots: Set<Member>[];
  /**
   * Number of turns between two pings, or two health frames, rounded down so that neither comes later than configured.
   */
  readonly #every: { readonly ping: number; readonly health: number };
  /** Members that owe a pong, in the order in which it is due: all have the same time to answer. */
  readonly #awaited = new Set<Member>();
  #now: Monotonic = 0;
  #before: Monotonic;
  /** Number of steps taken. */
  #at = 0;
  #cancel: () => void = () => undefined;

  constructor(options: KeepaliveOptions) {
    const { healthInterval, pingInterval } = options.settings;
    const period = Math.min(healthInterval, pingInterval);
    const step = Math.min(LONGEST_STEP, Math.max(SHORTEST_STEP, period / SLOTS));
    const slots = Math.max(1, Math.floor(period / step));
    this.#options = options;
    this.#step = period / slots;
    this.#slots = Array.from({ length: slots }, () => new Set());
    this.#every = { ping: Math.floor(pingInterval / period), health: Math.floor(healthInterval / period) };
    this.#before = options.clock.monotonic();
  }

  /** @param phase its starting position on the wheel, 0 <= phase < 1 */
  join(one: KeepalivePeer, phase: number): KeepaliveSlot {
    const { ping, health } = this.#every;
    const steps = Math.floor(phase * Math.max(ping, health) * this.#slots.length);
    const slot = this.#slots[(this.#at + steps) % this.#slots.length] as Set<Member>;
    const member: Member = {
      one,
      beats: -Math.floor(steps / this.#slots.length),
      pongBy: 0,
      onPong: () => void this.#awaited.delete(member),
      end: () => {
        slot.delete(member);
        this.#awaited.delete(member);
      },
    };
    slot.add(member);
    return member;
  }

  start(): void {
    this.#cancel = this.#options.setTimer(() => {
      this.tick();
      this.start();
    }, this.#step);
  }

  tick(): void {
    const monotonic = this.#options.clock.monotonic();
    this.#now += Math.min(monotonic - this.#before, 4 * this.#step);
    this.#before = monotonic;
    for (const member of this.#awaited) {
      if (this.#now < member.pongBy) break;
      member.end();
      member.one.lost();
    }
    for (; (this.#at + 1) * this.#step <= this.#now; this.#at += 1) {
      for (const member of this.#slots[this.#at % this.#slots.length] as Set<Member>) this.#beat(member);
    }
  }

  stop(): void {
    this.#cancel();
  }

  #beat(member: Member): void {
    const ping = member.beats % this.#every.ping === 0;
    const health = member.beats % this.#every.health === 0;
    member.beats += 1;
    // A second ping does not extend the wait for a pong that is still due.
    if (ping && !this.#awaited.has(member)) {
      member.pongBy = this.#now + this.#options.settings.pongTimeout;
      this.#awaited.add(member);
    }
    member.one.beat({ ping, health });
  }
}
