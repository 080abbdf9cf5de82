/** Commands that act on the database itself, while no server runs on it. */
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { type AuditChanges, type AuditEntry, auditEntry } from '../../domain/audit.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface DatabaseFlags {
  readonly databaseUrl?: string;
  readonly offline?: boolean;
}

/** The result of `db/open.ts`. */
export type OpenedDatabase = Awaited<ReturnType<typeof import('../../../db/open.ts').openDatabase>>;
export type OpenedRules = Parameters<typeof import('../../../db/open.ts').openDatabase>[1]['rules'];

/** The settings that a database depends on. @throws ConfigError */
export function databaseConfig({ databaseUrl }: DatabaseFlags, env: Terminal['env']): Config {
  return loadConfig({ env, flags: databaseUrl === undefined ? {} : { databaseUrl } }).config;
}

/** The actor that the audit log keeps for an action on the database itself: a user with a shell on the machine did it. */
export function doneHere(action: string, subject: string, changes: AuditChanges): AuditEntry {
  return auditEntry(action, subject, changes, { actor: `shell:${userInfo().username}`, at: Date.now() });
}

/**
 * Opens the database, runs `work`, and closes it.
 * @param mustExist false for the few commands that may create a database
 * @throws CliError `tryAgain` that names the way through the server, if a server runs on this database; DatabaseRefused
 */
export async function withDatabase<T>(
  flags: DatabaseFlags,
  terminal: Terminal,
  work: (database: OpenedDatabase, rules: OpenedRules) => Promise<T>,
  { mustExist = true } = {},
): Promise<T> {
  const config = databaseConfig(flags, terminal.env);
  terminal.err(`hostbeat: database ${databaseName(config.databaseUrl)}\n`);
  const rules = { order: config.hostStatusOrder, ownersSeeReason: config.ownersSeeReason };
  const { openDatabase } = await import('../../../db/open.ts');
  const { systemClock } = await import('../../runtime/clock.ts');
  let database: OpenedDatabase;
  try {
    database = await openDatabase(config.databaseUrl, { clock: systemClock, rules, mustExist });
  } catch (error) {
    if ((error as { reason?: unknown }).reason !== 'locked') throw error;
    throw new CliError(
      EXIT.tryAgain,
      `${(error as Error).message}\nStop that server first, or use it: leave --offline out (see --help).`,
      { cause: error },
    );
  }
  try {
    return await work(database, rules);
  } finally {
    await database.close();
  }
}

/** The location of a database for messages: a file's absolute path, or a URL without its password. */
export function databaseName(url: string): string {
  const path = /^sqlite:(?!:memory:)(.+)$/.exec(url)?.[1];
  return path === undefined ? url.replace(/(:\/\/[^:/@]+:).*@/, '$1[hidden]@') : resolve(path);
}
