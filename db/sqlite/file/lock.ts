/**
 * Makes sure that one process at a time writes a database. SQLite's own lock on a file beside it: the kernel
 * releases it when the holder ends, also by kill -9, and readers of the database (a backup, a shell) are not shut
 * out.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseRefused } from '../../refused.ts';
import { type Client, openClient, sqliteCode } from './client.ts';

/** Locks of this process. Also keeps them from being garbage-collected, which would release them. */
const heldHere = new Map<string, Client>();

export interface Lock {
  release(): void;
}

/**
 * Takes `<path>.lock` for the life of this process. The file stays after the release: removing it could take it
 * from the next holder. @throws DatabaseRefused `locked`, naming the file and, where it is known, the holder
 */
export function lockDatabase(path: string): Lock {
  const file = `${realPath(path)}.lock`;
  if (heldHere.has(file)) throw locked(path, process.pid);
  const client = openClient(file);
  try {
    client.pragma('busy_timeout = 0');
    client.pragma('synchronous = OFF');
    sign(client);
    client.exec('BEGIN IMMEDIATE');
  } catch (error) {
    const holder = holderOf(client);
    client.close();
    if (sqliteCode(error)?.startsWith('SQLITE_BUSY')) throw locked(path, holder);
    throw error;
  }
  heldHere.set(file, client);
  return {
    release() {
      if (heldHere.delete(file)) client.close();
    },
  };
}

/** Written before the lock is taken for good, so that others can read it meanwhile. */
function sign(client: Client): void {
  client.exec('BEGIN IMMEDIATE');
  client.pragma(`user_version = ${process.pid}`);
  client.exec('COMMIT');
}

function holderOf(client: Client): number | undefined {
  try {
    const pid = client.pragma('user_version', { simple: true }) as number;
    return pid > 0 && pid !== process.pid ? pid : undefined;
  } catch {
    return undefined;
  }
}

function locked(path: string, holder: number | undefined): DatabaseRefused {
  const by = holder === undefined ? 'another hostbeat' : `another hostbeat (process ${holder})`;
  return new DatabaseRefused(
    'locked',
    `${path} is in use by ${by}: stop that one, ask it over its REST API instead, or name another file in HOSTBEAT_DATABASE_URL`,
  );
}

/** The same file by another name, through a symbolic link or a relative path, is the same database. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return join(realpathSync(dirname(path)), basename(path));
  }
}
