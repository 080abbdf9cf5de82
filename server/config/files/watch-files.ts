/** Notices changes of files that settings name, also on a network file system and behind swapped links. */
import { stat } from 'node:fs/promises';
import type { Duration } from '../../domain/clock.ts';

/** How often the files are checked. A change is in force after two checks at most. */
export const LOOK_EVERY: Duration = 1_000;

export interface Watching {
  /** Resolves with false if nothing in the files is new. */
  readonly reload: () => Promise<boolean | undefined>;
  /** Whether to read once at the start: the files may have changed since they were first read. */
  readonly readsFirst?: boolean;
  /** Called after each reading that found something new, with the error if it failed. */
  readonly done: (error?: unknown) => void;
  /** Calls back once, later. Returns a function that cancels it. */
  readonly setTimer: (then: () => void, after: Duration) => () => void;
}

/**
 * Reads a group of files again once one of them has changed and all have stopped changing: a file that is still being
 * written is incomplete, and a certificate without its new key is not a pair. A missing file does not count as a
 * change, since an editor may remove it before replacing it.
 * @returns a function that stops watching
 */
export function watchFiles(
  files: readonly string[],
  { reload, readsFirst = false, done, setTimer }: Watching,
): () => void {
  let inForce: string | undefined;
  let seen: string | undefined;
  let ended = false;
  let cancel = () => {};

  async function look(): Promise<void> {
    const found = await fingerprintOf(files);
    if (!readsFirst) inForce ??= found;
    const isStill = found === seen;
    seen = found;
    if (found !== undefined && found !== inForce && isStill && !ended) {
      inForce = found;
      await reload().then((isNew) => {
        if (isNew !== false) done();
      }, done);
    }
    if (!ended) cancel = setTimer(lookAgain, LOOK_EVERY);
  }
  const lookAgain = () => void look();

  lookAgain();
  return () => {
    ended = true;
    cancel();
  };
}

/** Fingerprints the files behind every link; undefined while one is missing. */
async function fingerprintOf(files: readonly string[]): Promise<string | undefined> {
  try {
    const found = await Promise.all(files.map((file) => stat(file)));
    return found.map(({ ino, size, mtimeMs, ctimeMs }) => [ino, size, mtimeMs, ctimeMs].join(' ')).join('\n');
  } catch {
    return undefined;
  }
}
