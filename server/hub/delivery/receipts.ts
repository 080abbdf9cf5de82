/**
 * Which subscriptions were sent which rows: the open ones, and some that have ended. In memory and bounded: for an
 * operator who asks about a change of the last minutes or hours, not for accounting.
 */
import type { Instant } from '../../domain/clock.ts';
import type { Receipt, RowNumbers } from '../../explain/deliveries.ts';
import type { Numbering, StreamName } from '../../ports/log.ts';

/** How far one subscription got. */
export interface Progress {
  readonly session: string;
  readonly userId: string;
  readonly stream: StreamName;
  /** The rows that its numbers count. */
  readonly by: Numbering;
  /** Its first row is the one after this number. */
  readonly from: number;
  readonly sent: number;
  readonly acked: number;
  readonly filtered: boolean;
}

/** Ended subscriptions remembered per stream, and streams with remembered ones. */
const OF_A_STREAM = 64;
const STREAMS = 1_000;

interface Ended extends Progress {
  readonly endedAt: Instant;
}

export class Receipts {
  readonly #ended = new Map<StreamName, Ended[]>();

  /** A subscription ended. One that was sent nothing is not remembered. */
  ended(progress: Progress, at: Instant): void {
    if (progress.sent <= progress.from) return;
    const { stream } = progress;
    const list = this.#ended.get(stream) ?? [];
    list.push({ ...progress, endedAt: at });
    if (list.length > OF_A_STREAM) list.shift();
    // The most recently used stream moves to the end.
    this.#ended.delete(stream);
    this.#ended.set(stream, list);
    const [oldest] = this.#ended.size > STREAMS ? this.#ended.keys() : [];
    if (oldest !== undefined) this.#ended.delete(oldest);
  }

  /** @param open progress of the subscriptions that are open */
  of(stream: StreamName, row: RowNumbers, open: Iterable<Progress>): Receipt[] {
    const receipts: Receipt[] = [];
    for (const progress of open) {
      const seq = numberOf(row, progress);
      if (progress.stream === stream && progress.from < seq)
        receipts.push(receipt(progress, seq, progress.sent >= seq, null));
    }
    for (const progress of this.#ended.get(stream)?.toReversed() ?? []) {
      const seq = numberOf(row, progress);
      if (progress.from < seq && progress.sent >= seq)
        receipts.push(receipt(progress, seq, true, progress.endedAt));
    }
    return receipts;
  }
}

/** A row without a number for such a reader comes before all rows that it was sent. */
function numberOf({ seq, unknownSeq }: RowNumbers, { by }: Progress): number {
  return by === 'all' ? seq : (unknownSeq ?? Number.NEGATIVE_INFINITY);
}

function receipt(progress: Progress, seq: number, isSent: boolean, endedAt: Instant | null): Receipt {
  const { session, userId, acked, filtered } = progress;
  const state = isSent ? ('sent' as const) : ('waiting' as const);
  return { session, userId, state, acknowledged: acked >= seq, filtered, endedAt };
}
