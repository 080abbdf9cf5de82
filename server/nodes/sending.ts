/** Runs one task at a time; all requests made while it runs share one more run. */
export class Sending {
  readonly #task: () => Promise<void>;
  #running: Promise<void> | undefined;
  #again = false;
  #isClosed = false;

  /** @param task must not throw */
  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  /** Runs the task, after the present run if there is one. */
  request(): void {
    if (this.#isClosed) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#task().finally(() => {
      this.#running = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.request();
    });
  }

  /** Resolves when a new run, started now or after the present one, has ended. */
  async now(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.request();
    await this.#running;
  }

  close(): void {
    this.#isClosed = true;
  }
}
