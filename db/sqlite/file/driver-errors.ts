/** Translates the driver's errors for callers. */
import { DomainError } from '../../../server/domain/errors.ts';
import { sqliteCode } from './client.ts';

/** True for a damaged file: writing on could ruin what is still whole. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB');
}

/**
 * The error for one command while its transaction continues: SQLite undoes a statement that breaks a constraint
 * and keeps the transaction. @throws every other error of the database, which ends the transaction
 */
export function refusal(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  if (!code.startsWith('SQLITE_CONSTRAINT')) throw error;
  return new DomainError('conflict', 'Something else already has this name or id', { cause: error });
}

/**
 * The error for a failing database: `storage_full` for a full disk, otherwise `unavailable`. The driver's message
 * is the cause: it goes to the log and never to a caller.
 */
export function unavailable(error: unknown): DomainError {
  if (sqliteCode(error)?.startsWith('SQLITE_FULL')) {
    return new DomainError(
      'storage_full',
      'The disk of the database is full; nothing was changed. Try later.',
      {
        cause: error,
      },
    );
  }
  return new DomainError('unavailable', 'The database cannot do this now; nothing was changed. Try again.', {
    cause: error,
  });
}
