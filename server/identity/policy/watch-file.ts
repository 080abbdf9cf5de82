/** Notices changes of the policy file, also on a network file system and behind swapped links. */
import { stat } from 'node:fs/promises';
import type { Duration } from '../../domain/clock.ts';

/** How often the file is looked at. A change is in force after two looks at most. */
export const LOOK_EVERY: Duration = 1_000;

export interface Watching {
  readonly reload: () => Promise<void>;
  /** Called after each reading, with the error if it failed. */
  readonly done: (error?: unknown) => void;
  /** Calls back once, later. Returns how to prevent it. */
  readonly setTimer: (then: () => void, after: Duration) => () => void;
}

/**
 * Reads the policy again once its file has changed and is quiet: a file being written would be half a policy. A
 * missing file is no change, since an editor may remove it before replacing it. @returns how to stop
 */
export function watchPolicyFile(file: string, { reload, done, setTimer }: Watching): () => void {
  let inForce: string | undefined;
  let seen: string | undefined;
  let ended = false;
  let cancel = () => {};

  async function look(): Promise<void> {
    const found = await fingerprintOf(file);
    inForce ??= found;
    const isStill = found === seen;
    seen = found;
    if (found !== undefined && found !== inForce && isStill && !ended) {
      inForce = found;
      await reload().then(() => done(), done);
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

/** Of the file behind every link. */
async function fingerprintOf(file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  } catch {
    return undefined;
  }
}
