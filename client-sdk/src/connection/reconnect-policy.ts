/** The first retry is spread over this, so that a restarted server does not meet all its clients at once. */
export const FIRST_RETRY_MS = 2_000;
export const BASE_MS = 500;
export const LONGEST_MS = 30_000;
/**
 * The longest wait that a server may ask for. A longer one means that its clock is wrong, or that it is not hostbeat.
 */
export const LONGEST_HINT_MS = 300_000;

/** Upper bound of the wait before the retry numbered `attempt` (0 is the first since the last `synced`). */
export function longestWait(attempt: number): number {
  return attempt === 0 ? FIRST_RETRY_MS : Math.min(LONGEST_MS, BASE_MS * 2 ** Math.min(attempt - 1, 16));
}

/**
 * The wait before connecting again: full jitter without an end, reset only by `synced`. An accepted connection alone
 * resets nothing; otherwise clients would overload a server that accepts and drops.
 */
export class ReconnectPolicy {
  readonly #random: () => number;
  #attempt = 0;
  #window: readonly [number, number] | undefined;
  #windowBegan = 0;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The server said when to come back (`drain`): it counts for the next wait alone. `now` in monotonic ms. */
  hint(window: readonly [number, number], now: number): void {
    const [from, to] = window;
    this.#window = [Math.min(from, LONGEST_HINT_MS), Math.min(to, LONGEST_HINT_MS)];
    this.#windowBegan = now;
  }

  /** The client is in step: the next loss counts as the first again. */
  onSynced(): void {
    this.#attempt = 0;
    this.#window = undefined;
  }

  /**
   * @param now monotonic ms
   * @param refresh the token had expired; a fresh one fixes it, so the first retry does not wait
   * @returns ms until the next attempt
   */
  nextWait(now: number, refresh = false): number {
    const attempt = this.#attempt++;
    const window = this.#window;
    this.#window = undefined;
    if (window !== undefined) {
      const [from, to] = window;
      return Math.max(0, from + this.#random() * (to - from) - (now - this.#windowBegan));
    }
    if (refresh && attempt === 0) return 0;
    return this.#random() * longestWait(attempt);
  }
}
