/**
 * A wall clock that can be set under a running server: Debian's package `faketime`. Undefined where it is not
 * installed.
 */
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { temporaryFolder } from '../../tests/support/process.ts';

const LIBRARY = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find((file) => existsSync(file));

export class SettableClock {
  readonly isThere = LIBRARY !== undefined;
  /** For the server's process. */
  readonly env: Record<string, string>;
  readonly #file: string;
  readonly #close: () => Promise<void>;
  #written = 0;

  private constructor(folder: string, close: () => Promise<void>) {
    this.#file = `${folder}/offset`;
    this.#close = close;
    this.set(0);
    this.env =
      LIBRARY === undefined
        ? {}
        : {
            LD_PRELOAD: LIBRARY,
            FAKETIME_TIMESTAMP_FILE: this.#file,
            FAKETIME_CACHE_DURATION: '1',
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
            DONT_FAKE_MONOTONIC: '1',
          };
  }

  static async create(): Promise<SettableClock> {
    const folder = await temporaryFolder();
    return new SettableClock(folder.path, () => folder[Symbol.asyncDispose]());
  }

  /** Seconds ahead of the machine's clock. */
  set(offset: number): void {
    writeFileSync(this.#file, `${offset < 0 ? '' : '+'}${offset}\n`);
    // The library reads the file again when its time of modification changes.
    this.#written += 1;
    utimesSync(this.#file, new Date(), new Date(Date.now() + this.#written * 1_000));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
