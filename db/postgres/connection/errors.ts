/** What errors of the server and the network mean to a caller, and to an operator. */
import { DomainError } from '../../../server/domain/errors.ts';
import { sqlState } from './driver.ts';

/** An invalid row: a name or id that is taken, or a value of the wrong kind. It concerns the caller alone. */
export function isRefusedRow(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '');
}

/** The connection is lost, or this server is not the one that may write. */
export function isLost(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return /^(08|57P0|25006|25P03)/.test(state);
  const { code, message } = error as NodeJS.ErrnoException;
  return code !== undefined || /connection|terminat|timeout|not queryable/i.test(message);
}

/** The connection is open and PostgreSQL does not answer on it: the network in between drops what is sent. */
export class Unanswered extends Error {}

/** Is it an error of the database, and not a bug of ours? */
export function isDatabases(error: unknown): boolean {
  return !(error instanceof DomainError) && (sqlState(error) !== undefined || isLost(error));
}

export function refusal(error: unknown): DomainError {
  const state = sqlState(error) ?? '';
  if (state.startsWith('23')) {
    return new DomainError('conflict', 'Something else already has this name or id', { cause: error });
  }
  if (state.startsWith('22')) {
    return new DomainError('invalid', 'The database cannot store one of the values', { cause: error });
  }
  return unavailable(error);
}

/** The driver's message is the cause: it goes to the log and never to a caller. */
export function unavailable(error: unknown): DomainError {
  if (sqlState(error) === '53100') {
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

/** The commit was sent and its answer never came: it is unknown whether anything was changed. */
export function unknownOutcome(error: unknown): DomainError {
  return new DomainError(
    'unavailable',
    'The connection to the database was lost during the commit; the change may be stored or not. Check before you try again.',
    { cause: error },
  );
}

/** By the beginning of the SQLSTATE; the first that fits. */
const WORDS: readonly (readonly [state: string, words: string])[] = [
  ['53100', 'the disk of PostgreSQL is full; nothing can be recorded until space is freed'],
  ['53300', 'PostgreSQL has no connection left; nothing can be recorded until it has'],
  ['25006', 'PostgreSQL is read-only; nothing can be recorded until it is writable'],
  [
    '55P03',
    'another program has locked the tables of hostbeat; nothing can be recorded until it releases them',
  ],
  ['42501', 'a right on the tables of hostbeat is missing; nothing can be recorded until it is granted'],
];

export function wordsFor(error: unknown): string {
  const state = sqlState(error) ?? '';
  const words = WORDS.find(([beginning]) => state.startsWith(beginning))?.[1];
  if (words !== undefined) return words;
  return isLost(error)
    ? 'PostgreSQL cannot be reached; nothing can be recorded until it can'
    : 'PostgreSQL fails; nothing can be recorded until it works again';
}
