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
 * A wheel that turns once in the shorter of the two intervals. Each connection has a random slot, so a step
 * touches a small slice, and ten thousand clients that connected together are not written to together for ever.
 * Its time does not run while the process stands still: pongs that were unread during our own pause are not a
 * client's silence.
 */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #step: Duration;
  readonly #slots: Set<Member>[];
  /** Every how many turns, rounded so that nothing comes later than configured. */
  readonly #every: { readonly ping: number; readonly health: number };
  /** Members that owe a pong, by the time it is due: all get the same time. */
  readonly #awaited = new Set<Member>();
  #now: Monotonic = 0;
  #before: Monotonic;
  /** Steps taken. */
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

  /** @param phase where on the wheel it begins, 0 <= phase < 1 */
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
    // A pong that is still awaited is not awaited longer for a second ping.
    if (ping && !this.#awaited.has(member)) {
      member.pongBy = this.#now + this.#options.settings.pongTimeout;
      this.#awaited.add(member);
    }
    member.one.beat({ ping, health });
  }
}
