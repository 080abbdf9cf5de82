/** The tables `silences` and `observer_history`, and what explanations read of the log. */
import type { Instant } from '../../../server/domain/clock.ts';
import type { SilenceRecord } from '../../../server/domain/silence/silence-record.ts';
import { OBSERVER_ENTRIES_KEPT, type ObserverEntry } from '../../../server/ports/explanation-log.ts';
import type { LogRow } from '../../../server/ports/log.ts';
import type { Queryable } from '../connection/driver.ts';
import type { Reads } from '../connection/reads.ts';
import { insertRows, jsonOf } from './recordset.ts';
import { type Field, LOG_COLUMNS } from './rows.ts';

const ENTRY_FIELDS: readonly Field[] = ['at', 'state', 'code', 'reason', 'blind'].map((key) => ({
  key,
  column: key,
  type: key === 'at' || key === 'blind' ? 'bigint' : 'text',
}));

export async function silencesOf(
  reads: Reads,
  serviceId: number,
  until: Instant,
  limit: number,
): Promise<SilenceRecord[]> {
  const rows = await reads.rows<{ readonly record: string }>({
    text: 'SELECT record FROM silences WHERE service_id = $1 AND at <= $2 ORDER BY at DESC, id DESC LIMIT $3',
    values: [serviceId, until, limit],
  });
  return rows.map(({ record }) => JSON.parse(record) as SilenceRecord);
}

/** Removes the oldest from before `before`, at most `limit`. */
export async function trimSilences(asked: Queryable, before: Instant, limit: number): Promise<void> {
  await asked.query({
    text: `DELETE FROM silences WHERE id IN (
      SELECT id FROM (SELECT id, at FROM silences ORDER BY id LIMIT $2) AS oldest WHERE at < $1)`,
    values: [before, limit],
  });
}

export function noteObserver(reads: Reads, entries: readonly ObserverEntry[]): Promise<void> {
  return reads.transaction(async (asked) => {
    await asked.query({
      text: insertRows('observer_history', ENTRY_FIELDS),
      values: [jsonOf(entries)],
    });
    await asked.query({
      text: 'DELETE FROM observer_history WHERE id <= (SELECT max(id) FROM observer_history) - $1',
      values: [OBSERVER_ENTRIES_KEPT],
    });
  });
}

export function observerHistory(reads: Reads): Promise<ObserverEntry[]> {
  return reads.rows<ObserverEntry>({
    text: 'SELECT at, state, code, reason, blind FROM observer_history ORDER BY id',
  });
}

export function sameCommit(
  reads: Reads,
  { stream, seq }: Pick<LogRow, 'stream' | 'seq'>,
  correlationId: string,
  limit: number,
): Promise<LogRow[]> {
  return reads.rows<LogRow>({
    text: `SELECT ${LOG_COLUMNS} FROM log
      WHERE commit = (SELECT commit FROM log WHERE stream = $1 AND seq = $2)
        AND id BETWEEN (SELECT id FROM log WHERE stream = $1 AND seq = $2) - 2000
          AND (SELECT id FROM log WHERE stream = $1 AND seq = $2) + 2000
        AND NOT (stream = $1 AND seq = $2) AND strpos(items, $3) > 0 ORDER BY id DESC LIMIT $4`,
    values: [stream, seq, correlationId, limit],
  });
}
