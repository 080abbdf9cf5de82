/** Opens a database that this process alone writes, intact, and of this version. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseRefused } from '../../refused.ts';
import { IN_MEMORY, sqliteCode } from './client.ts';
import { connect, type SqliteConnection } from './connection.ts';
import { APPLICATION_ID, isNew, refuseOtherFile } from './header.ts';
import { lockDatabase } from './lock.ts';
import { migrateSqlite } from './migrate.ts';
import { examine } from './preflight.ts';
import { prepareFreeSpace } from './upkeep/free-space.ts';
import type { IntegrityCheck } from './upkeep/integrity.ts';

export interface OpenedConnection extends SqliteConnection {
  /** A problem found in a large file after it was opened; undefined when it is sound. */
  readonly damage: Promise<string | undefined>;
  /** Ends the connection, then releases the lock. */
  close(): Promise<void>;
}

/**
 * Locks, examines, connects, migrates, in this order: nothing is written before the file is known to be ours.
 * @param mustExist do not create a new database @throws DatabaseRefused
 */
export async function openConnection(path: string, mustExist = false): Promise<OpenedConnection> {
  if (path !== IN_MEMORY) checkPlace(path);
  if (mustExist && path !== IN_MEMORY && isNew(path)) {
    throw new DatabaseRefused(
      'unreachable',
      `${path} ${existsSync(path) ? 'is empty' : 'does not exist'}: name the file of a hostbeat database by --database-url or HOSTBEAT_DATABASE_URL`,
    );
  }
  try {
    return path === IN_MEMORY ? prepared(path) : await lockedAndPrepared(path);
  } catch (error) {
    if (sqliteCode(error) === undefined) throw error;
    throw new DatabaseRefused(
      'unreachable',
      `${path} cannot be opened (${(error as Error).message}): check that its folder exists and is writable`,
      {
        cause: error,
      },
    );
  }
}

/** Checks that a database can be at this path. @throws DatabaseRefused `unreachable` */
export function checkPlace(path: string): void {
  if (!existsSync(dirname(path))) {
    throw new DatabaseRefused(
      'unreachable',
      `the folder of ${path} does not exist: make it, or name another file in HOSTBEAT_DATABASE_URL`,
    );
  }
  if (existsSync(path) && statSync(path).isDirectory()) {
    throw new DatabaseRefused(
      'unreachable',
      `${path} is a folder: name a file in it in HOSTBEAT_DATABASE_URL, such as sqlite:${join(path, 'hostbeat.db')}`,
    );
  }
}

async function lockedAndPrepared(path: string): Promise<OpenedConnection> {
  refuseOtherFile(path);
  const lock = lockDatabase(path);
  let check: IntegrityCheck | undefined;
  try {
    check = await examine(path);
    return prepared(path, check, () => lock.release());
  } catch (error) {
    await check?.stop();
    lock.release();
    throw error;
  }
}

function prepared(path: string, check?: IntegrityCheck, release = () => {}): OpenedConnection {
  const connection = connect(path);
  try {
    connection.client.pragma(`application_id = ${APPLICATION_ID}`);
    migrateSqlite(connection);
    prepareFreeSpace(connection.client);
  } catch (error) {
    connection.client.close();
    throw error;
  }
  return {
    ...connection,
    damage: check?.verdict.then((verdict) => (verdict === 'ok' ? undefined : verdict)) ?? SOUND,
    async close() {
      await check?.stop();
      connection.client.close();
      release();
    },
  };
}

const SOUND = Promise.resolve(undefined);
