/**
 * Counts the items of snapshots that are in memory until their readers have taken them. A slow reader keeps its
 * snapshot in memory for minutes; without a limit, every further reader would add another.
 */
import { DomainError } from '../domain/errors.ts';
import type { StreamName } from '../ports/log.ts';

export interface SnapshotLimits {
  /** Limit of items; with its text, an item takes some 700 bytes. A first snapshot is always admitted. */
  readonly total: number;
  readonly perStream: number;
  /** Snapshots of fewer items are always admitted, because a connection costs more. */
  readonly small: number;
}

const LIMITS: SnapshotLimits = { total: 1_000_000, perStream: 500_000, small: 2_000 };
const RETRY_AFTER_MS = 5_000;

export interface Kept {
  readonly items: readonly unknown[];
}

export class SnapshotMemory<S extends Kept> {
  readonly #limits: SnapshotLimits;
  /** Readers of each large snapshot, by stream, newest snapshot last. */
  readonly #kept = new Map<StreamName, Map<S, number>>();
  #total = 0;

  constructor(limits: SnapshotLimits = LIMITS) {
    this.#limits = limits;
  }

  get items(): number {
    return this.#total;
  }

  /** The newest snapshot of the stream that a reader still takes. */
  newest(stream: StreamName): S | undefined {
    return [...(this.#kept.get(stream)?.keys() ?? [])].at(-1);
  }

  /** @throws DomainError `unavailable` if the snapshot does not fit beside those being taken */
  admit(stream: StreamName, { items }: S): void {
    const { total, perStream, small } = this.#limits;
    if (items.length <= small) return;
    const own = [...(this.#kept.get(stream)?.keys() ?? [])].reduce((sum, one) => sum + one.items.length, 0);
    const isTooMuch = (already: number, limit: number) => already > 0 && already + items.length > limit;
    if (!isTooMuch(own, perStream) && !isTooMuch(this.#total, total)) return;
    throw new DomainError(
      'unavailable',
      'Too many snapshots are being read by slow clients; try again, and read faster',
      { retryAfterMs: RETRY_AFTER_MS },
    );
  }

  /** Counts a reader of the snapshot. @returns the function that the reader calls when it has finished */
  keep(stream: StreamName, snapshot: S): () => void {
    if (snapshot.items.length <= this.#limits.small) return () => undefined;
    const readers = this.#kept.get(stream) ?? new Map<S, number>();
    this.#kept.set(stream, readers);
    if (!readers.has(snapshot)) this.#total += snapshot.items.length;
    readers.set(snapshot, (readers.get(snapshot) ?? 0) + 1);
    return () => {
      const left = (readers.get(snapshot) ?? 0) - 1;
      if (left > 0) {
        readers.set(snapshot, left);
        return;
      }
      readers.delete(snapshot);
      this.#total -= snapshot.items.length;
      if (readers.size === 0) this.#kept.delete(stream);
    };
  }
}
