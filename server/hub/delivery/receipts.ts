/**
 * Who was sent which rows: of the subscriptions that are open, and of some that have ended. In memory and bounded: for
 * an operator who asks about a change of the last minutes or hours, not for accounting.
 */
import type { Instant } from '../../domain/clock.ts';
import type { Receipt, RowNumbers } from '../../explain/deliveries.ts';
import type { Numbering, StreamName } from '../../ports/store.ts';

/** How far one subscription came. */
export interface Progress {
  readonly session: string;
  readonly userId: string;
  readonly stream: StreamName;
  /** What its numbers count. */
  readonly by: Numbering;
  /** Its first row is the one after this. */
  readonly from: number;
  readonly sent: number;
  readonly acked: number;
  readonly filtered: boolean;
}

/** Ended subscriptions that are remembered of one stream, and streams of which any are. */
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
    // The stream that was used last comes last.
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

/** One that shows such a reader nothing is before all it was sent. */
function numberOf({ seq, unknownSeq }: RowNumbers, { by }: Progress): number {
  return by === 'all' ? seq : (unknownSeq ?? Number.NEGATIVE_INFINITY);
}

function receipt(progress: Progress, seq: number, isSent: boolean, endedAt: Instant | null): Receipt {
  const { session, userId, acked, filtered } = progress;
  const state = isSent ? ('sent' as const) : ('waiting' as const);
  return { session, userId, state, acknowledged: acked >= seq, filtered, endedAt };
}
