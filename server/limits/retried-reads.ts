import type { Duration } from '../domain/clock.ts';
import type { SetTimer } from '../timers.ts';

const FIRST: Duration = 500;
const LONGEST: Duration = 30_000;

export interface RetriedReadsOptions {
  readonly setTimer: SetTimer;
  readonly read: (key: string) => Promise<void>;
  /** Called after each failure, for the log. */
  readonly failed: (error: unknown, key: string, next: Duration) => void;
}

interface Pending {
  /** Something changed after the running read began. */
  isLate: boolean;
  failures: number;
  isReading: boolean;
  cancel: () => void;
}

/**
 * Reads that a change made necessary. Each is tried until one that began after the change succeeds: until then,
 * something here is out of date or stopped. One read for each key at a time.
 */
export class RetriedReads {
  readonly #options: RetriedReadsOptions;
  readonly #pending = new Map<string, Pending>();

  constructor(options: RetriedReadsOptions) {
    this.#options = options;
  }

  /** Number of keys that are not read yet. */
  get waiting(): number {
    return this.#pending.size;
  }

  request(key: string): void {
    const known = this.#pending.get(key);
    if (known?.isReading) known.isLate = true;
    else this.#begin(key, known ?? { isLate: false, failures: 0, isReading: false, cancel: () => undefined });
  }

  /** Drops what is not read yet. A read that is running ends by itself. */
  stop(): void {
    for (const { cancel } of this.#pending.values()) cancel();
    this.#pending.clear();
  }

  #begin(key: string, pending: Pending): void {
    pending.cancel();
    Object.assign(pending, { isReading: true, isLate: false });
    this.#pending.set(key, pending);
    this.#options.read(key).then(
      () => this.#ended(key, pending),
      (error: unknown) => this.#failed(key, pending, error),
    );
  }

  #ended(key: string, pending: Pending): void {
    pending.isReading = false;
    if (this.#pending.get(key) !== pending) return;
    pending.failures = 0;
    if (pending.isLate) this.#begin(key, pending);
    else this.#pending.delete(key);
  }

  #failed(key: string, pending: Pending, error: unknown): void {
    pending.isReading = false;
    if (this.#pending.get(key) !== pending) return;
    const next = Math.min(LONGEST, FIRST * 2 ** pending.failures);
    pending.failures += 1;
    this.#options.failed(error, key, next);
    pending.cancel = this.#options.setTimer(() => this.#begin(key, pending), next);
  }
}
