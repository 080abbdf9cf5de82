/** Reads the recorded changes of a service or a server around one moment. */
import type { Change, ServiceChange } from '../../client-sdk/protocol/items.ts';
import type { Instant } from '../domain/clock.ts';
import type { LogRow } from '../ports/log.ts';
import type { KnownChange } from './case.ts';

export type LoggedChange<T> = T & { readonly seq: number };

/** The changes around that moment, newest first. */
export interface Around<T> {
  /** The newest few up to that moment, and the last silence among the rows that were read. */
  readonly changes: readonly LoggedChange<T>[];
  readonly inForce: LoggedChange<T> | undefined;
  /** The row of the log with that change. */
  readonly rowInForce: LogRow | undefined;
  readonly silence: LoggedChange<T> | undefined;
  /** The next change after it. */
  readonly next: LoggedChange<T> | undefined;
}

const PAGE = 100;
/**
 * Most rows read. Of a service that has changed more often since that moment, the explanation does not reach back to
 * it.
 */
const MOST_ROWS = 2_000;
const SHOWN = 10;
const SILENCES = ['timeout', 'connection_lost', 'goodbye', 'mass'];

/**
 * @param page returns rows that name it, newest first, before a number
 * @param items the items of a row, as the reader sees them
 * @param numberOf the reader's own number for a row of which it sees something
 */
export async function changesAround<T extends Change | ServiceChange>(
  at: Instant,
  page: (before: number, limit: number) => Promise<readonly LogRow[]>,
  items: (row: LogRow) => readonly T[],
  numberOf: (row: LogRow) => number = ({ seq }) => seq,
): Promise<Around<T>> {
  const changes: LoggedChange<T>[] = [];
  let next: LoggedChange<T> | undefined;
  let inForce: LoggedChange<T> | undefined;
  let rowInForce: LogRow | undefined;
  let silence: LoggedChange<T> | undefined;
  let before = Number.MAX_SAFE_INTEGER;
  for (let read = 0; read < MOST_ROWS; read += PAGE) {
    const rows = await page(before, PAGE);
    for (const row of rows) {
      before = row.seq;
      for (const item of items(row).toReversed()) {
        if (item.kind === 'drill') continue;
        const change = { ...item, seq: numberOf(row) };
        if (Date.parse(item.at) > at) {
          next = change;
          continue;
        }
        if (changes.length < SHOWN) changes.push(change);
        if (item.from !== item.to && inForce === undefined) [inForce, rowInForce] = [change, row];
        if (SILENCES.includes(item.cause)) silence ??= change;
      }
    }
    if (rows.length < PAGE || (inForce !== undefined && silence !== undefined && changes.length >= SHOWN))
      break;
  }
  return { changes, inForce, rowInForce, silence, next };
}

/** The facts and details of the newest change, added to the change that set the status. */
export function known<T extends Change | ServiceChange>(
  change: T | undefined,
  newest: T | undefined = change,
): KnownChange | undefined {
  if (change === undefined) return undefined;
  return {
    at: Date.parse(change.at),
    from: change.from,
    to: change.to,
    cause: change.cause,
    facts: newest?.facts,
    evidence: change.evidence,
    actor: 'actor' in change && typeof change.actor === 'string' ? change.actor : undefined,
    reason: newest?.reason,
    heardWhileForcedDown: newest?.heard_while_forced_down,
    detectedAfterRestart: change.detected_after_restart,
    observed:
      change.observed === undefined
        ? undefined
        : [Date.parse(change.observed[0]), Date.parse(change.observed[1])],
  };
}
