/**
 * Checks that the open file is still the one that the next start would open. A file that was removed or replaced
 * still accepts commits, which no one would ever find again.
 */
import { type BigIntStats, promises } from 'node:fs';
import { IN_MEMORY } from './client.ts';

const LOOK_EVERY_MS = 1_000;

export interface FileWatchOptions {
  /** The problem in words; undefined when it is over. Called only on a change. */
  readonly changed: (trouble: string | undefined) => void;
  readonly every?: number;
  readonly stat?: (path: string) => Promise<BigIntStats>;
}

/** The files that SQLite keeps open under their first identity. */
const PARTS = ['', '-wal'];

/** @returns how to stop looking */
export function watchFile(path: string, options: FileWatchOptions): () => void {
  if (path === IN_MEMORY) return () => {};
  const { changed, every = LOOK_EVERY_MS, stat = (file) => promises.stat(file, { bigint: true }) } = options;
  const known = new Map<string, string>();
  let trouble: string | undefined;
  let isOver = false;
  let timer: NodeJS.Timeout;

  const troubleWith = async (file: string): Promise<string | undefined> => {
    const is = await identityOf(file, stat);
    const was = known.get(file);
    if (was === undefined && typeof is === 'string') known.set(file, is);
    if (was === undefined || is === was || is === 'unknown') return undefined;
    const what = is === undefined ? 'was removed' : 'was replaced by another file';
    return `${file} ${what} while hostbeat runs; nothing can be recorded until it is put back or hostbeat is started again`;
  };

  const look = async () => {
    let found: string | undefined;
    for (const part of PARTS) found ??= await troubleWith(path + part);
    if (isOver) return;
    if (found !== trouble) changed(found);
    trouble = found;
    timer = setTimeout(() => void look(), every);
    timer.unref();
  };
  void look();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** Undefined if there is no such file, `unknown` if that cannot be seen now, which proves nothing. */
async function identityOf(
  file: string,
  stat: (path: string) => Promise<BigIntStats>,
): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(file);
    return `${dev}:${ino}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'unknown';
  }
}
