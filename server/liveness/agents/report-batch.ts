/**
 * Gathers the reports of all frames read in one turn of the event loop. A busy connection fills one read of its socket
 * with many small frames, and answering each frame separately would cost more than its reports.
 */
export class ReportBatch {
  readonly #take: (reports: readonly unknown[]) => void;
  #reports: unknown[] = [];

  /** @param take called with all gathered reports, at the end of the turn or on `flush` */
  constructor(take: (reports: readonly unknown[]) => void) {
    this.#take = take;
  }

  add(reports: readonly unknown[]): void {
    if (this.#reports.length === 0) queueMicrotask(() => this.flush());
    for (const report of reports) this.#reports.push(report);
  }

  /** Call it before any work that must come after the gathered reports. */
  flush(): void {
    if (this.#reports.length === 0) return;
    const reports = this.#reports;
    this.#reports = [];
    this.#take(reports);
  }
}
