/** Shared by the tables of accounts: how a scope is written, and what a taken name means. */
import { DomainError } from '../../../../server/domain/errors.ts';
import type { Scope } from '../../../../server/ports/accounts.ts';
import { and, eq, type SQL } from '../../../drizzle.ts';
import { targetOf } from '../../../scope-columns.ts';
import { sqliteCode } from '../../file/client.ts';
import type { assignments, tokens } from '../../schema/identity.ts';

export function unlessTaken<T>(what: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    // Drizzle wraps the driver's error: the cause is the original.
    const code = sqliteCode(error) ?? sqliteCode((error as Error).cause);
    if (code !== 'SQLITE_CONSTRAINT_UNIQUE' && code !== 'SQLITE_CONSTRAINT_PRIMARYKEY') throw error;
    throw new DomainError('conflict', `There is a ${what} already; choose another name`, { cause: error });
  }
}

export function isOn(table: typeof assignments | typeof tokens, scope: Scope): SQL | undefined {
  return and(eq(table.scope, scope.on), eq(table.target, targetOf(scope)));
}
