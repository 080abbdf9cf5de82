/** Failed logins by user or by address, in a bounded table that forgets the least dangerous first. */
import { hash } from 'node:crypto';
import type { Duration, Monotonic } from '../../domain/clock.ts';

export interface Failures {
  readonly count: number;
  readonly last: Monotonic;
  /** When the last admitted attempt may be made. */
  readonly busyUntil: Monotonic;
}

/** The most that one entry takes, with its key and its place in the maps (measured: about 200). */
const ENTRY_BYTES = 256;
/** From this count on, all entries are equally dangerous. */
const LEVELS = 16;

export interface FailureTableLimits {
  readonly bytes: number;
  readonly forgetAfter: Duration;
}

/** A key of fixed size, whatever name was sent. */
export function digestOf(...parts: readonly string[]): string {
  return hash('sha256', parts.join('\0'), 'base64url');
}

export class FailureTable {
  readonly #limits: FailureTableLimits;
  readonly #most: number;
  /** By number of failures; within each, the longest untouched entry first. */
  readonly #levels: readonly Map<string, Failures>[] = Array.from({ length: LEVELS }, () => new Map());
  readonly #levelOf = new Map<string, number>();

  constructor(limits: FailureTableLimits) {
    this.#limits = limits;
    this.#most = Math.floor(limits.bytes / ENTRY_BYTES);
  }

  get size(): number {
    return this.#levelOf.size;
  }

  get bytes(): number {
    return this.size * ENTRY_BYTES;
  }

  /** What is known of a digest. An unknown or expired one counts as never failed. */
  recall(key: string, now: Monotonic): Failures {
    const known = this.#levels[this.#levelOf.get(key) ?? 0]?.get(key);
    return known === undefined || this.#isOld(known, now) ? { count: 0, last: now, busyUntil: now } : known;
  }

  remember(key: string, failures: Failures): void {
    this.forget(key);
    if (failures.count === 0) return;
    const level = Math.min(failures.count, LEVELS) - 1;
    this.#levels[level]?.set(key, failures);
    this.#levelOf.set(key, level);
    if (this.size > this.#most) this.#evict(failures.last);
  }

  forget(key: string): void {
    const level = this.#levelOf.get(key);
    if (level === undefined) return;
    this.#levels[level]?.delete(key);
    this.#levelOf.delete(key);
  }

  #evict(now: Monotonic): void {
    let least: string | undefined;
    for (const level of this.#levels) {
      const [oldest] = level;
      if (oldest === undefined) continue;
      least ??= oldest[0];
      if (!this.#isOld(oldest[1], now)) continue;
      least = oldest[0];
      break;
    }
    if (least !== undefined) this.forget(least);
  }

  #isOld({ last }: Failures, now: Monotonic): boolean {
    return now - last > this.#limits.forgetAfter;
  }
}
