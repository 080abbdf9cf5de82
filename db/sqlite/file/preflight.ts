/** Examines a file before anything is written to it. A file that is not an intact database of ours stays as it is. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { DatabaseRefused } from '../../refused.ts';
import { type Client, openClient, sqliteCode } from './client.ts';
import { APPLICATION_ID, anothers, isNew, noDatabase } from './header.ts';
import { knownMigrations, MIGRATIONS_TABLE } from './migrate.ts';
import { begunCheck } from './upkeep/early-check.ts';
import { type IntegrityCheck, verdictOn } from './upkeep/integrity.ts';

/** How long a start waits for the result on a large file. */
const HEAD_START_MS = 500;

/**
 * Checks the header at once and gives the check of the pages a head start. A missing or empty file is new and
 * passes. A file to be migrated is checked completely first: rewriting tables must not meet damage. @returns the
 * running check of the pages, if it is not finished; stop it before the file is closed @throws DatabaseRefused
 * `foreign`, `damaged` or `newer`
 */
export async function examine(path: string): Promise<IntegrityCheck | undefined> {
  if (isNew(path)) return undefined;
  const isCurrent = examineHead(path);
  const check = begunCheck(path);
  const verdict = await (isCurrent ? Promise.race([check.verdict, headStart(check.since)]) : check.verdict);
  if (verdict === undefined) return check;
  if (verdict !== 'ok') throw damaged(path, verdict);
  return undefined;
}

/** The verdict may have arrived while this thread was busy, which a timer alone would not wait for: hence the turn. */
async function headStart(since: number): Promise<undefined> {
  await sleep(Math.max(0, since + HEAD_START_MS - performance.now()), undefined, { ref: false });
  await nextTurn();
}

/** Like `examine`, but waits for the whole check. @throws DatabaseRefused as `examine` */
export function examineWhole(path: string): void {
  if (isNew(path)) return;
  examineHead(path);
  const verdict = verdictOn(path);
  if (verdict !== 'ok') throw damaged(path, verdict);
}

/** @returns whether its tables are of this version */
function examineHead(path: string): boolean {
  let client: Client | undefined;
  try {
    client = openClient(path, { readonly: true });
    refuseForeign(client, path);
    return isCurrent(client, path);
  } catch (error) {
    throw translated(error, path);
  } finally {
    client?.close();
  }
}

function refuseForeign(client: Client, path: string): void {
  const id = client.pragma('application_id', { simple: true });
  if (id === APPLICATION_ID) return;
  const tables = client.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (id === 0 && tables === 0) return;
  throw anothers(path);
}

/** @throws DatabaseRefused `newer` */
function isCurrent(client: Client, path: string): boolean {
  const noted = client.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(MIGRATIONS_TABLE);
  if (noted === undefined) return false;
  const known = new Set(knownMigrations('sqlite'));
  const applied = client.prepare(`SELECT hash FROM ${MIGRATIONS_TABLE}`).pluck().all() as string[];
  if (applied.every((hash) => known.has(hash))) return applied.length >= known.size;
  throw new DatabaseRefused(
    'newer',
    `${path} was written by a newer hostbeat than this one: run that version, or restore a backup made by this one`,
  );
}

function translated(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === 'SQLITE_NOTADB') return noDatabase(path, error);
  if (code?.startsWith('SQLITE_CORRUPT')) return damaged(path, (error as Error).message, error);
  if (code !== undefined) {
    return new DatabaseRefused('unreachable', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return error;
}

function damaged(path: string, detail: string, cause?: unknown): DatabaseRefused {
  return new DatabaseRefused(
    'damaged',
    `${path} is damaged (${detail}) and was left as it is: move it away with its -wal and -shm files, then restore a backup with "hostbeat restore FILE"`,
    { cause },
  );
}
