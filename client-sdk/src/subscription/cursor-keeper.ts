import { CursorNotKeptError } from '../errors.ts';

/** Hands cursors to the application one at a time. While one is being stored only the newest waits: it covers the others. */
export class CursorKeeper {
  readonly #keep: (cursor: string) => void | Promise<void>;
  readonly #onError: (error: CursorNotKeptError) => void;
  #waiting: string | undefined;
  #running: Promise<void> | undefined;

  constructor(keep: (cursor: string) => void | Promise<void>, onError: (error: CursorNotKeptError) => void) {
    this.#keep = keep;
    this.#onError = onError;
  }

  save(cursor: string): void {
    this.#waiting = cursor;
    this.#running ??= this.#run();
  }

  /** Resolves when every given cursor has been stored. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting !== undefined) {
      const cursor = this.#waiting;
      this.#waiting = undefined;
      try {
        await this.#keep(cursor);
      } catch (error) {
        this.#onError(new CursorNotKeptError(error));
      }
    }
    this.#running = undefined;
  }
}
