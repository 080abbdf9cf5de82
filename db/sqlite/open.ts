/** From a path to a database that is ours alone, sound, and of this version. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { migrateSqlite } from '../migrate.ts';
import { DatabaseRefused } from '../refused.ts';
import { type Connection, connect, IN_MEMORY, sqliteCode } from './connection.ts';
import { APPLICATION_ID, examine } from './examine.ts';
import { lockDatabase } from './lock.ts';

export interface OpenedConnection extends Connection {
  /** Ends the connection, then lets go of the lock. */
  close(): void;
}

/**
 * Locks, examines, connects, migrates, in this order: nothing is written before the file is known to be ours.
 * @throws DatabaseRefused
 */
export function openConnection(path: string): OpenedConnection {
  if (path !== IN_MEMORY && !existsSync(dirname(path))) {
    throw new DatabaseRefused(
      'unreachable',
      `the folder of ${path} does not exist: make it, or name another file in HOSTBEAT_DATABASE_URL`,
    );
  }
  try {
    return path === IN_MEMORY ? prepared(path, () => {}) : lockedAndPrepared(path);
  } catch (error) {
    if (sqliteCode(error) === undefined) throw error;
    throw new DatabaseRefused(
      'unreachable',
      `${path} cannot be opened (${(error as Error).message}): see that its folder exists and may be written to`,
      {
        cause: error,
      },
    );
  }
}

function lockedAndPrepared(path: string): OpenedConnection {
  const lock = lockDatabase(path);
  try {
    examine(path);
    return prepared(path, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

function prepared(path: string, release: () => void): OpenedConnection {
  const connection = connect(path);
  try {
    connection.client.pragma(`application_id = ${APPLICATION_ID}`);
    migrateSqlite(connection);
  } catch (error) {
    connection.client.close();
    throw error;
  }
  return {
    ...connection,
    close() {
      connection.client.close();
      release();
    },
  };
}
