/**
 * Reports of the frames that came in one turn of the event loop: a connection that has much to say fills a read of its
 * socket with many small frames, and to take and answer each by itself would cost more than the reports do.
 */
export class GatheredReports {
  readonly #take: (reports: readonly unknown[]) => void;
  #reports: unknown[] = [];

  /** @param take called with all that was gathered, at the end of the turn or when it is asked for */
  constructor(take: (reports: readonly unknown[]) => void) {
    this.#take = take;
  }

  add(reports: readonly unknown[]): void {
    if (this.#reports.length === 0) queueMicrotask(() => this.flush());
    for (const report of reports) this.#reports.push(report);
  }

  /** Before anything that must come after them. */
  flush(): void {
    if (this.#reports.length === 0) return;
    const reports = this.#reports;
    this.#reports = [];
    this.#take(reports);
  }
}
