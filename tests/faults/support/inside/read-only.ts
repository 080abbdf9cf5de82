/**
 * Loaded into a server before anything else: while a file of a given name is there, the database may not be written to,
 * as on a file system that went read-only under it. The refusals are SQLite's own.
 */
import { existsSync } from 'node:fs';
import process from 'node:process';
import SqliteClient from 'better-sqlite3';

const sign = process.env.HOSTBEAT_TEST_READ_ONLY as string;

const transaction = SqliteClient.prototype.transaction;
SqliteClient.prototype.transaction = function (
  this: SqliteClient.Database,
  work: (...given: unknown[]) => unknown,
) {
  const transact = transaction.call(this, work);
  const checked =
    (begin: (...given: unknown[]) => unknown) =>
    (...given: unknown[]) => {
      this.pragma(`query_only = ${existsSync(sign) ? 'ON' : 'OFF'}`);
      return begin(...given);
    };
  return Object.assign(checked(transact), {
    default: checked(transact),
    deferred: checked(transact.deferred),
    immediate: checked(transact.immediate),
    exclusive: checked(transact.exclusive),
  });
} as never;
