/**
 * Who leads, by the change of a record and each node's own monotonic clock: no clock is compared with another one. The
 * holder changes the record with every beat. A candidate that has seen it unchanged for long enough takes it.
 */
import type { Duration, Monotonic } from '../domain/clock.ts';
import type { LeaseRecord } from '../ports/node-link.ts';

/** How often the holder changes the record. */
export const BEAT: Duration = 500;
/** How often a candidate looks. */
export const LOOK: Duration = 250;
/** From the moment a beat was sent, the holder may lead for this long without another. */
export const LEADS_FOR: Duration = 1_500;
/** A record that has not changed for this long may be taken. Longer than its holder may believe in it. */
export const SILENT_FOR: Duration = 2_000;

/** A candidate's view of the record. */
export class LeaseWatch {
  #seen: LeaseRecord | undefined;
  #since: Monotonic = 0;

  /**
   * @param asked when the record was asked for, and `answered` when it came: time that an answer took is not silence
   * @returns whether it may be taken
   */
  look(record: LeaseRecord, asked: Monotonic, answered: Monotonic): boolean {
    const seen = this.#seen;
    if (seen === undefined || seen.epoch !== record.epoch || seen.beat !== record.beat) {
      this.#seen = record;
      this.#since = answered;
    }
    return record.holder === null || asked - this.#since >= SILENT_FOR;
  }

  /** How long the record has not changed. */
  unchangedFor(now: Monotonic): Duration {
    return this.#seen === undefined ? 0 : now - this.#since;
  }
}

/** What this node holds. */
export class Lead {
  #epoch: number | undefined;
  #until: Monotonic = Number.NEGATIVE_INFINITY;

  /** The epoch as long as it may be led by; undefined afterwards, whatever the record says. */
  fence(now: Monotonic): number | undefined {
    return now < this.#until ? this.#epoch : undefined;
  }

  /** The epoch that was taken and not lost, for the next beat. */
  get held(): number | undefined {
    return this.#epoch;
  }

  taken(epoch: number, sent: Monotonic): void {
    this.#epoch = epoch;
    this.#until = sent + LEADS_FOR;
  }

  /** @param sent when the beat was sent, and not when its answer came */
  beaten(sent: Monotonic): void {
    this.#until = Math.max(this.#until, sent + LEADS_FOR);
  }

  lost(): void {
    this.#epoch = undefined;
    this.#until = Number.NEGATIVE_INFINITY;
  }
}
