/**
 * Why writes fail, in operator-facing words, and when they work again. A full disk, a read-only file system or
 * another program's lock pass; damage does not: writing on could ruin what is still whole, so after damage nothing
 * is written until a backup is restored.
 */
import type { Logger } from '../../../server/telemetry/logger.ts';
import type { SetTimer } from '../../../server/timers.ts';
import { sqliteCode } from '../file/client.ts';
import { isDamage } from '../file/driver-errors.ts';

/** Probe interval; do not wait for the next real write. */
const ASK_AGAIN_MS = 1_000;

/** By the beginning of SQLite's result codes; the first that fits. */
const WORDS: readonly (readonly [code: string, words: string])[] = [
  ['SQLITE_FULL', 'the disk is full; nothing can be recorded until space is freed'],
  ['SQLITE_BUSY', 'another program has locked the database; nothing can be recorded until it releases it'],
  ['SQLITE_READONLY', 'the database is read-only; nothing can be recorded until it is writable'],
  ['SQLITE_CANTOPEN', 'the files of the database cannot be opened; nothing can be recorded until they can'],
  ['SQLITE_IOERR', 'the disk fails; nothing can be recorded until it works again'],
];
const OTHER = 'the database fails; nothing can be recorded until it works again';

export class WriteHealth {
  readonly #logger: Logger;
  readonly #setTimer: SetTimer;
  readonly #ask: () => void;
  #words: string | undefined;
  #damaged = false;
  #gone: string | undefined;
  #asking = false;

  /** @param ask tries to write something, and calls `met` or `passed` */
  constructor(logger: Logger, setTimer: SetTimer, ask: () => void) {
    this.#logger = logger;
    this.#setTimer = setTimer;
    this.#ask = ask;
  }

  /** Undefined while all is well. */
  get words(): string | undefined {
    return this.#gone ?? this.#words;
  }

  /** Nothing may be written: damage does not pass, and no one would ever find what is written to a lost file. */
  get refuses(): boolean {
    return this.#damaged || this.#gone !== undefined;
  }

  /** The file was removed or replaced, in words; undefined when it is back. */
  lost(words: string | undefined): void {
    if (this.#gone === words) return;
    this.#gone = words;
    if (words === undefined) this.#logger.info('the file of the database is back; it records again');
    else this.#logger.error(words);
  }

  /** A write failed, or a read found damage. */
  met(error: unknown): void {
    if (isDamage(error)) {
      this.damage((error as Error).message);
      return;
    }
    if (this.#damaged) return;
    const code = sqliteCode(error) ?? '';
    this.#say(WORDS.find(([beginning]) => code.startsWith(beginning))?.[1] ?? OTHER, error);
    this.#askAgain();
  }

  damage(detail: string): void {
    if (this.#damaged) return;
    this.#damaged = true;
    this.#say(
      `the database is damaged (${detail}); nothing is recorded any more: stop hostbeat and restore a backup`,
    );
  }

  /** A write went through. */
  passed(): void {
    if (this.#words === undefined || this.#damaged) return;
    this.#words = undefined;
    this.#logger.info('the database records again');
  }

  /** Logs each problem once: every write that is tried meets it again. */
  #say(words: string, error?: unknown): void {
    if (words === this.#words) this.#logger.debug({ err: error }, 'a transaction was undone');
    else this.#logger.error({ err: error }, words);
    this.#words = words;
  }

  #askAgain(): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#setTimer(() => {
      this.#asking = false;
      if (this.#words !== undefined && !this.#damaged) this.#ask();
    }, ASK_AGAIN_MS);
  }
}
