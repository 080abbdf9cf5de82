/**
 * Decides who leads, by changes of a record and each node's own monotonic clock: no clock is compared with another. The
 * holder changes the record with every beat. A candidate that has seen it unchanged for long enough takes it.
 */
import type { Duration, Monotonic } from '../domain/clock.ts';
import type { LeaseRecord } from '../ports/node-link.ts';

/** How often the holder changes the record. */
export const BEAT: Duration = 500;
/** How often a candidate reads the record. */
export const LOOK: Duration = 250;
/** The holder may lead for this long after it sent a beat. */
export const LEADS_FOR: Duration = 1_500;
/**
 * A record that has not changed for this long may be taken. Longer than `LEADS_FOR`, so that its holder has stopped by
 * then.
 */
export const SILENT_FOR: Duration = 2_000;

/** A candidate's view of the record. */
export class LeaseWatch {
  #seen: LeaseRecord | undefined;
  #since: Monotonic = 0;

  /**
   * @param asked when the record was requested, and `answered` when it arrived: the time of the request is not silence
   * @returns whether the lease may be taken
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

/** The lease as this node holds it. */
export class Lead {
  #epoch: number | undefined;
  #until: Monotonic = Number.NEGATIVE_INFINITY;

  /** The epoch while this node may lead by it; undefined afterwards, whatever the record says. */
  fence(now: Monotonic): number | undefined {
    return now < this.#until ? this.#epoch : undefined;
  }

  /** The epoch that this node took and has not lost, for the next beat. */
  get held(): number | undefined {
    return this.#epoch;
  }

  taken(epoch: number, sent: Monotonic): void {
    this.#epoch = epoch;
    this.#until = sent + LEADS_FOR;
  }

  /** @param sent when the beat was sent, not when its answer arrived */
  beaten(sent: Monotonic): void {
    this.#until = Math.max(this.#until, sent + LEADS_FOR);
  }

  lost(): void {
    this.#epoch = undefined;
    this.#until = Number.NEGATIVE_INFINITY;
  }
}
