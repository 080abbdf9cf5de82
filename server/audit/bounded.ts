import type { Clock, Duration, Monotonic } from '../domain/clock.ts';
import { AUDIT_KEPT_OF_SHARE, type AuditLog } from '../ports/audit-log.ts';
import { keptOfEach } from './kept-of-each.ts';

export interface BoundedAuditOptions {
  readonly audit: Pick<AuditLog, 'shares' | 'forgetOldest'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Number of entries that are kept of all projects and accounts together. */
  readonly limit: number;
}

/** Shares read, and entries deleted, in one step: some milliseconds. */
const SHARES = 200;
const BATCH = 200;
const NEXT_COUNT: Duration = 60_000;

/**
 * Limits how many entries of the audit log projects and accounts have together. Beyond the limit the largest shares
 * lose their oldest entries. Counts and deletes a little in each step, because there may be very many shares.
 */
export class BoundedAudit {
  readonly #options: BoundedAuditOptions;
  /** Number of shares by their number of entries. */
  readonly #sizes = new Uint32Array(AUDIT_KEPT_OF_SHARE + 1);
  #entries = 0;
  #counted = 0;
  /** The last share that this pass is done with. */
  #after = '';
  /** Entries that each share keeps, while entries are deleted. */
  #kept: number | undefined;
  #ended: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(options: BoundedAuditOptions) {
    this.#options = options;
  }

  /** Entries of projects and accounts, as last counted. */
  get entries(): number {
    return this.#entries;
  }

  /** @returns whether there is more to do now */
  async step(): Promise<boolean> {
    const { audit, clock } = this.#options;
    if (clock.monotonic() - this.#ended < NEXT_COUNT) return false;
    const shares = await audit.shares(this.#after, SHARES);
    let left = BATCH;
    for (const { share, first, last } of shares) {
      if (this.#kept === undefined) this.#count(last - first + 1);
      else if (last - first >= this.#kept) {
        const deleted = await audit.forgetOldest(share, last - this.#kept, left);
        left -= deleted;
        this.#entries -= deleted;
        if (left <= 0) return true;
      }
      this.#after = share;
    }
    return shares.length === SHARES || this.#passed();
  }

  #count(entries: number): void {
    const size = Math.min(entries, AUDIT_KEPT_OF_SHARE);
    this.#sizes[size] = (this.#sizes[size] as number) + 1;
    this.#counted += size;
  }

  /** @returns whether entries must be deleted now */
  #passed(): boolean {
    this.#after = '';
    if (this.#kept === undefined) {
      this.#entries = this.#counted;
      if (this.#counted > this.#options.limit) this.#kept = keptOfEach(this.#sizes, this.#options.limit);
      this.#counted = 0;
      this.#sizes.fill(0);
    } else this.#kept = undefined;
    if (this.#kept === undefined) this.#ended = this.#options.clock.monotonic();
    return this.#kept !== undefined;
  }
}
