/**
 * When each service must report next, on one monotonic clock. A lazy timing wheel: a report is one write to an array.
 * Only when the wheel reaches a service's bucket does it see the new deadline and file the service again. So it looks
 * at each service about once per service_down_time, however often it reports, and a tick in which nothing is due costs
 * one or two buckets.
 */
import type { Duration, Monotonic } from '../../domain/clock.ts';
import { deadlineOf, isOverdue } from '../../domain/silence/deadline.ts';
import { FIRST_CAPACITY, grown } from './growable-columns.ts';

/** Width of a bucket. It bounds how many services one tick looks at without result, not how late a silence is noticed. */
const BUCKET: Duration = 50;
/** 102 s: the wheel looks once per service_down_time at services with a shorter one, and every 102 s at the others. */
const BUCKETS = 2_048;

const FREE = 0;
/** Known, but no deadline is being watched. */
const IDLE = 1;
/** In a bucket. */
const FILED = 2;

export class Deadlines {
  /** Number of services looked at: the cost of the wheel. */
  touched = 0;
  #heard = new Float64Array(FIRST_CAPACITY);
  #downTime = new Float64Array(FIRST_CAPACITY);
  #notBefore = new Float64Array(FIRST_CAPACITY);
  #state = new Uint8Array(FIRST_CAPACITY);
  /** Circular lists. Nodes below BUCKETS are the buckets' own heads, node BUCKETS + slot is a service. */
  #next = new Int32Array(BUCKETS + FIRST_CAPACITY);
  #previous = new Int32Array(BUCKETS + FIRST_CAPACITY);
  #free: number[] = [];
  #used = 0;
  /** Number of the bucket being emptied, counted from the clock's zero. */
  #cursor: number;

  constructor(now: Monotonic) {
    this.#cursor = Math.floor(now / BUCKET);
    for (let head = 0; head < BUCKETS; head++) this.#next[head] = this.#previous[head] = head;
  }

  /** Adds a service heard at `heard`; `arm` starts to watch its deadline. Slots of removed services are reused. */
  add(downTime: Duration, heard: Monotonic): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.#state.length) this.#grow();
    this.#heard[slot] = heard;
    this.#downTime[slot] = downTime;
    this.#notBefore[slot] = 0;
    this.#state[slot] = IDLE;
    return slot;
  }

  remove(slot: number): void {
    this.disarm(slot);
    this.#state[slot] = FREE;
    this.#free.push(slot);
  }

  /** The hot path. A report only moves a deadline further away, so the wheel need not know. */
  heard(slot: number, now: Monotonic): void {
    this.#heard[slot] = now;
  }

  heardAt(slot: number): Monotonic {
    return this.#heard[slot]!;
  }

  deadline(slot: number): Monotonic {
    const deadline = deadlineOf(this.#heard[slot]!, this.#downTime[slot]!);
    return Math.max(deadline, this.#notBefore[slot]!);
  }

  /** The service is not overdue before `until`, whatever it reported. */
  grant(slot: number, until: Monotonic): void {
    this.#notBefore[slot] = Math.max(this.#notBefore[slot]!, until);
  }

  retime(slot: number, downTime: Duration): void {
    if (this.#downTime[slot] === downTime) return;
    this.#downTime[slot] = downTime;
    if (this.#state[slot] !== FILED) return;
    this.disarm(slot);
    this.arm(slot);
  }

  /** Starts to watch the service's deadline. */
  arm(slot: number): void {
    if (this.#state[slot] !== IDLE) return;
    this.#state[slot] = FILED;
    this.#file(slot);
  }

  disarm(slot: number): void {
    if (this.#state[slot] !== FILED) return;
    this.#unlink(BUCKETS + slot);
    this.#state[slot] = IDLE;
  }

  /**
   * Calls `sink` with every overdue service, at most `limit`, longest overdue first (within a bucket's width), and
   * stops watching it; the caller may arm it again. @param now must not go back from call to call @returns how many
   */
  due(now: Monotonic, sink: (slot: number) => void, limit: number): number {
    const last = Math.floor(now / BUCKET);
    let found = 0;
    for (let bucket = Math.max(this.#cursor, last - BUCKETS + 1); bucket <= last; bucket++) {
      this.#cursor = bucket;
      const head = bucket % BUCKETS;
      let node = this.#next[head]!;
      while (node !== head) {
        const following = this.#next[node]!;
        const slot = node - BUCKETS;
        const deadline = this.deadline(slot);
        this.touched++;
        if (isOverdue(deadline, now)) {
          this.disarm(slot);
          sink(slot);
          if (++found === limit) return found;
        } else if (this.#headOf(deadline) !== head) {
          this.#unlink(node);
          this.#file(slot);
        }
        node = following;
      }
    }
    return found;
  }

  /**
   * When the next look may find an overdue service, at most `latest`: the earliest deadline in the bucket at the
   * cursor, or the start of the next bucket with a service. Call it after a `due` that stayed below its limit, which
   * leaves no service in the bucket that has reported since; it does not see services armed or shortened meanwhile.
   */
  next(latest: Monotonic): Monotonic {
    let earliest = latest;
    const here = this.#cursor % BUCKETS;
    for (let node = this.#next[here]!; node !== here; node = this.#next[node]!) {
      earliest = Math.min(earliest, this.deadline(node - BUCKETS));
    }
    for (let bucket = this.#cursor + 1; bucket * BUCKET < earliest; bucket++) {
      const head = bucket % BUCKETS;
      if (this.#next[head] !== head) return bucket * BUCKET;
    }
    return earliest;
  }

  /** A passed deadline goes into the bucket at the cursor, one beyond the horizon into the furthest bucket. */
  #headOf(deadline: Monotonic): number {
    const bucket = Math.floor(deadline / BUCKET);
    return Math.min(Math.max(bucket, this.#cursor), this.#cursor + BUCKETS - 1) % BUCKETS;
  }

  #file(slot: number): void {
    const node = BUCKETS + slot;
    const head = this.#headOf(this.deadline(slot));
    const tail = this.#previous[head]!;
    this.#next[tail] = node;
    this.#previous[node] = tail;
    this.#next[node] = head;
    this.#previous[head] = node;
  }

  #unlink(node: number): void {
    const previous = this.#previous[node]!;
    const next = this.#next[node]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #grow(): void {
    const capacity = this.#state.length * 2;
    this.#heard = grown(this.#heard, capacity);
    this.#downTime = grown(this.#downTime, capacity);
    this.#notBefore = grown(this.#notBefore, capacity);
    this.#state = grown(this.#state, capacity);
    this.#next = grown(this.#next, BUCKETS + capacity);
    this.#previous = grown(this.#previous, BUCKETS + capacity);
  }
}
