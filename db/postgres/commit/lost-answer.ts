/** Finds out what became of a commit whose answer was lost. */
import type { LogRow } from '../../../server/ports/log.ts';
import { sqlState } from '../connection/driver.ts';
import { isLost, unknownOutcome } from '../connection/errors.ts';
import type { Writer } from '../connection/writer.ts';
import { LOG_COLUMNS } from '../tables/rows.ts';
import { allOf } from './answers.ts';

/** How long a caller waits for the result. */
const UNKNOWN_MS = 30_000;
const LOCK_NOT_AVAILABLE = '55P03';

interface Sent {
  readonly writer: Writer;
  readonly node: number;
  readonly nonce: number;
  /** Its rows of the log have numbers above this one, and up to `upTo`. */
  readonly logUpTo: number;
  readonly upTo: number;
}

/**
 * The answer to a commit was lost. Another connection that has locked the head row sees the outcome: the old
 * transaction has ended, one way or the other.
 * @returns the rows that it wrote; undefined if it wrote nothing
 */
export async function lookForCommit(
  { writer, node, nonce, logUpTo, upTo }: Sent,
  cause: unknown,
): Promise<LogRow[] | undefined> {
  const until = performance.now() + UNKNOWN_MS;
  for (;;) {
    const left = until - performance.now();
    const client = await writer.ready(left);
    if (client === undefined || left <= 0) throw unknownOutcome(cause);
    try {
      const [, , found, log] = await allOf([
        client.query({ text: 'BEGIN' }),
        client.query({ text: 'SELECT head FROM head FOR UPDATE' }),
        client.query({
          text: 'SELECT id FROM commits WHERE node = $1 AND nonce = $2',
          values: [node, nonce],
        }),
        client.query({
          text: `SELECT ${LOG_COLUMNS} FROM log JOIN commits c ON c.id = log.commit
            WHERE c.node = $1 AND c.nonce = $2 AND log.id > $3 AND log.id <= $4 ORDER BY log.id`,
          values: [node, nonce, logUpTo, upTo],
        }),
        client.query({ text: 'ROLLBACK' }),
      ]);
      return found?.rowCount === 0 ? undefined : (log?.rows as LogRow[]);
    } catch (error) {
      if (isLost(error)) writer.lost(client, error);
      // While another session has the head row locked the outcome cannot be seen, and it may be the old transaction's session.
      else if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw unknownOutcome(error);
    }
  }
}
