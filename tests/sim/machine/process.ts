import type { Clock } from '../../../server/domain/clock.ts';
import { type Agenda, settled } from './agenda.ts';
import type { Random } from './random.ts';

interface Timer {
  readonly due: number;
  readonly then: () => void;
}

type Phase = 'timers' | 'poll' | 'check';
const FOLLOWING = { timers: 'poll', poll: 'check', check: 'timers' } as const;

/** Of whatever a message came through: messages of one channel keep their order, channels are read in any. */
export type Channel = object;

/**
 * An operating system's process with an event loop as Node has it: first timers that are due, then what came in, then
 * what was put off to the end of the turn. It can be stopped between any two of them, go on later, and be killed.
 */
export class SimProcess {
  readonly name: string;
  alive = true;
  /** When something last kept it from running, or ends keeping it: not a time in which it can be held to its bounds. */
  disturbedUntil = 0;
  readonly clock: Clock;
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #timers = new Set<Timer>();
  #nextDue = Number.POSITIVE_INFINITY;
  #inbox: { readonly channel: Channel; readonly act: () => void }[] = [];
  #unaccepted: (() => void)[] = [];
  #soon: (() => void)[] = [];
  #phase: Phase = 'timers';
  #pausedUntil = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #running = false;
  #doom: { left: number; readonly die: () => void } | undefined;
  #wallOffset: number;
  readonly #onKilled = new Set<() => void>();

  constructor(name: string, agenda: Agenda, random: Random, wallOffset = Date.UTC(2026, 0, 1)) {
    this.name = name;
    this.#agenda = agenda;
    this.#random = random;
    this.#wallOffset = wallOffset;
    const origin = random.between(10, 1e6);
    const began = agenda.now;
    this.clock = {
      now: () => Math.round(agenda.now + this.#wallOffset),
      monotonic: () => agenda.now - began + origin,
    };
  }

  readonly setTimer = (then: () => void, after: number): (() => void) => {
    const timer = { due: this.#agenda.now + Math.max(1, after), then };
    this.#timers.add(timer);
    this.#nextDue = Math.min(this.#nextDue, timer.due);
    this.#wake(timer.due);
    return () => this.#timers.delete(timer);
  };

  /** At the end of this turn of the loop, after what has come in was read. */
  readonly soon = (then: () => void): void => {
    this.#soon.push(then);
    this.#wake(this.#agenda.now);
  };

  readonly nextTurn = (): Promise<void> => new Promise((resolve) => this.soon(resolve));

  readonly sleep = (ms: number): Promise<void> => new Promise((resolve) => void this.setTimer(resolve, ms));

  /** Something came in over the network; it is read when the loop comes to it. */
  deliver(channel: Channel, act: () => void): void {
    if (!this.alive) return;
    this.#inbox.push({ channel, act });
    this.#wake(this.#agenda.now);
  }

  /** Somebody connected. As in Node, one of those that wait is let in at each turn. */
  accept(act: () => void): void {
    if (!this.alive) return;
    this.#unaccepted.push(act);
    this.#wake(this.#agenda.now);
  }

  /** So many callbacks from now it is killed, in the midst of whatever it does then. */
  dieAfter(callbacks: number, die: () => void): void {
    this.#doom = { left: callbacks, die };
  }

  stepWall(by: number): void {
    this.#wallOffset += by;
  }

  get wallOffset(): number {
    return this.#wallOffset;
  }

  /** Stands still for so long, wherever it is. The clocks of the machine run on. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#agenda.now + ms);
    this.disturb(ms);
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#wake(this.#pausedUntil);
  }

  disturb(ms = 0): void {
    this.disturbedUntil = Math.max(this.disturbedUntil, this.#agenda.now + ms);
  }

  onKilled(then: () => void): () => void {
    this.#onKilled.add(then);
    return () => this.#onKilled.delete(then);
  }

  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#timers.clear();
    this.#inbox = [];
    this.#unaccepted = [];
    this.#soon = [];
    for (const then of this.#onKilled) then();
    this.#onKilled.clear();
  }

  #wake(at: number): void {
    if (this.#running || !this.alive) return;
    const when = Math.max(at, this.#pausedUntil, this.#agenda.now);
    if (when >= this.#wakeAt) return;
    this.#wakeAt = when;
    this.#agenda.at(when, () => this.#turn(when));
  }

  /** One phase: the next one is an act of its own, so that anything may come between. */
  #turn(planned: number): Promise<void> | false {
    if (!this.alive || this.#wakeAt !== planned) return false;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    if (this.#agenda.now < this.#pausedUntil) {
      this.#wake(this.#pausedUntil);
      return false;
    }
    // A loop that has nothing to do stands where the network is read.
    for (let skipped = 0; skipped < 2 && !this.#isDue(); skipped++) this.#phase = FOLLOWING[this.#phase];
    return this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (const act of this.#due()) {
      if (!this.alive) break;
      act();
      await settled();
      if (this.#doom !== undefined && this.#doom.left-- === 0) this.#doom.die();
    }
    this.#running = false;
    if (!this.alive) return;
    this.#phase = FOLLOWING[this.#phase];
    if (this.#inbox.length + this.#unaccepted.length + this.#soon.length > 0) {
      this.#wake(this.#agenda.now + (this.#random.chance(0.1) ? this.#random.between(0, 3) : 0));
      return;
    }
    this.#phase = 'timers';
    if (this.#nextDue < Number.POSITIVE_INFINITY) this.#wake(this.#nextDue);
  }

  #isDue(): boolean {
    if (this.#phase === 'timers') return this.#nextDue <= this.#agenda.now;
    if (this.#phase === 'poll') return this.#inbox.length + this.#unaccepted.length > 0;
    return this.#soon.length > 0;
  }

  *#due(): Generator<() => void> {
    switch (this.#phase) {
      case 'timers': {
        const { now } = this.#agenda;
        const due = [...this.#timers].filter((timer) => timer.due <= now).sort((a, b) => a.due - b.due);
        for (const timer of due) if (this.#timers.delete(timer)) yield timer.then;
        this.#nextDue = Number.POSITIVE_INFINITY;
        for (const timer of this.#timers) this.#nextDue = Math.min(this.#nextDue, timer.due);
        return;
      }
      case 'poll': {
        const channels = Map.groupBy(this.#inbox, ({ channel }) => channel);
        this.#inbox = [];
        const accepted = this.#unaccepted.shift();
        if (accepted !== undefined) yield accepted;
        for (const messages of this.#random.shuffled([...channels.values()]))
          for (const { act } of messages) yield act;
        return;
      }
      case 'check':
        yield* this.#soon.splice(0);
    }
  }
}
