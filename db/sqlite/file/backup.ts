import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { DatabaseRefused } from '../../refused.ts';
import { openClient, sqliteCode } from './client.ts';
import { connect } from './connection.ts';
import { renewEpoch } from './epoch.ts';
import { refuseOtherFile } from './header.ts';
import { lockDatabase } from './lock.ts';
import { migrateSqlite } from './migrate.ts';
import { checkPlace } from './open.ts';
import { examineWhole } from './preflight.ts';
import { makePrivate } from './private-file.ts';
import { prepareFreeSpace } from './upkeep/free-space.ts';

/** A database is these files; a write-ahead log without its database, or with another's, would destroy data. */
const PARTS = ['', '-wal', '-shm'];

export function backupSqlite(path: string, to: string): void {
  if (existsSync(to)) throw unreachable(`${to} exists already: name a new file for the backup`);
  copy(path, to);
}

export function restoreSqlite(path: string, from: string): string | undefined {
  checkPlace(path);
  mustBeFile(from);
  refuseOtherFile(from);
  const lock = lockDatabase(path);
  const fresh = `${path}.restoring`;
  try {
    rmSync(fresh, { force: true });
    copy(from, fresh);
    const connection = connect(fresh);
    try {
      migrateSqlite(connection);
      renewEpoch(connection);
      prepareFreeSpace(connection.client, Number.POSITIVE_INFINITY);
    } finally {
      connection.client.close();
    }
    const aside = existsSync(path) ? moveAside(path) : undefined;
    renameSync(fresh, path);
    return aside;
  } finally {
    for (const part of PARTS) rmSync(fresh + part, { force: true });
    lock.release();
  }
}

/**
 * Copies what one read transaction sees of `from`, also while another process writes to it, to a file without a
 * -wal.
 */
function copy(from: string, to: string): void {
  mustBeFile(from);
  examineWhole(from);
  const client = openClient(from, { readonly: true });
  // SQLite accepts an empty file as new, so the copy is private from its first byte.
  makePrivate(to);
  try {
    client.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    // Half a copy would look complete, and block the next one.
    if (existsSync(to)) rmSync(to);
    if (sqliteCode(error) === undefined) throw error;
    const { message } = error as Error;
    throw unreachable(
      `${from} cannot be copied to ${to} (${message}): check that its folder exists and has free space`,
    );
  } finally {
    client.close();
  }
}

function mustBeFile(path: string): void {
  if (!existsSync(path)) throw unreachable(`${path} does not exist: name the file of a hostbeat database`);
  if (!statSync(path).isFile()) throw unreachable(`${path} is not a file: name that of a hostbeat database`);
  // SQLite would take it for a new database, and a copy that failed would replace what there is.
  if (statSync(path).size === 0) throw unreachable(`${path} is empty: name the file of a hostbeat database`);
}

/** Under the first name that is free. */
function moveAside(path: string): string {
  let aside = `${path}.replaced`;
  for (let n = 2; existsSync(aside); n += 1) aside = `${path}.replaced-${n}`;
  for (const part of PARTS) if (existsSync(path + part)) renameSync(path + part, aside + part);
  return aside;
}

function unreachable(message: string): DatabaseRefused {
  return new DatabaseRefused('unreachable', message);
}
