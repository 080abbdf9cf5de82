/** Reads the tables `streams`, `log` and `log_servers`, and removes their oldest rows. */
import type { Instant } from '../../../server/domain/clock.ts';
import type { LineageEntry, LogRow, Numbering, StreamBounds, StreamName } from '../../../server/ports/log.ts';
import { type Floor, floorBehind } from '../../floors.ts';
import type { Queryable } from '../connection/driver.ts';
import type { Reads } from '../connection/reads.ts';
import { trimSilences } from './explanations.ts';
import { LOG_COLUMNS } from './rows.ts';

/** Text that one trim frees at most. */
const MAX_TRIMMED_BYTES = 4 << 20;
/** Commits that are kept for nodes that follow them, whatever their age. */
const COMMITS_KEPT = 10_000;
const COMMITS_KEPT_MS = 15 * 60_000;
/** History entries written, or removed, in one transaction. */
const HISTORY_BATCH = 200;

const NOTHING_YET = { head: 0, floor: 1, headEntry: 0, floorEntry: 0 };

interface FoundBounds extends Omit<StreamBounds, 'unknownOnly' | 'head'> {
  /** Null where the stream has no row yet. */
  readonly head: number | null;
  readonly unknownHead: number;
  readonly unknownFloor: number;
  readonly unknownEntry: number;
  readonly unknownFloorEntry: number;
}

export async function boundsIn(asked: Queryable, stream: StreamName): Promise<StreamBounds> {
  const { rows } = await asked.query({
    name: 'bounds',
    text: `SELECT h.entry, s.head, s.floor, s.entry AS "headEntry", s.floor_entry AS "floorEntry", s.unknown_head AS "unknownHead",
        s.unknown_floor AS "unknownFloor", s.unknown_entry AS "unknownEntry", s.unknown_floor_entry AS "unknownFloorEntry"
      FROM head h LEFT JOIN streams s ON s.name = $1`,
    values: [stream],
  });
  const [{ entry, head, floor, headEntry, floorEntry, ...unknown }] = rows as [FoundBounds];
  if (head === null) return { ...NOTHING_YET, unknownOnly: NOTHING_YET, entry };
  const unknownOnly = {
    head: unknown.unknownHead,
    floor: unknown.unknownFloor,
    headEntry: unknown.unknownEntry,
    floorEntry: unknown.unknownFloorEntry,
  };
  return { head, floor, headEntry, floorEntry, unknownOnly, entry };
}

/** Newest first. */
export function lineageEntries(reads: Reads): Promise<LineageEntry[]> {
  return reads.rows<LineageEntry>({ text: 'SELECT entry, at, head, why FROM lineage ORDER BY id DESC' });
}

export function logPage(
  reads: Reads,
  stream: StreamName,
  after: number,
  upTo: number,
  limit: number,
  by: Numbering = 'all',
): Promise<LogRow[]> {
  const [name, number] = by === 'all' ? ['log page', 'seq'] : ['unknown-only page', 'unknown_seq'];
  return reads.rows<LogRow>({
    name,
    text: `SELECT ${LOG_COLUMNS} FROM log WHERE stream = $1 AND ${number} > $2 AND ${number} <= $3 ORDER BY ${number} LIMIT $4`,
    values: [stream, after, upTo, limit],
  });
}

/** Rows of a stream that name the server, newest first, from before `before`. */
export function historyPage(
  reads: Reads,
  stream: StreamName,
  serverId: string,
  before: number,
  limit: number,
): Promise<LogRow[]> {
  return reads.rows<LogRow>({
    name: 'history page',
    text: `SELECT ${LOG_COLUMNS} FROM log_servers AS entry
      JOIN log ON log.id = entry.log_id AND log.stream = $1
      WHERE entry.server_id = $2 AND entry.seq < $3 ORDER BY entry.seq DESC LIMIT $4`,
    values: [stream, serverId, before, limit],
  });
}

/**
 * Adds to the history what the log has, and removes what the log no longer has, a batch of each. It holds the row of
 * its place meanwhile; commits do not wait for it.
 * @returns whether there is more to do
 */
export function keepHistory(reads: Reads): Promise<boolean> {
  return reads.transaction(async (asked) => {
    const place =
      (await asked.query({ text: 'SELECT up_to FROM history_place FOR UPDATE' })).rows[0]?.up_to ?? 0;
    const { rows } = await asked.query({
      text: 'SELECT id FROM log WHERE id > $1 ORDER BY id LIMIT $2',
      values: [place, HISTORY_BATCH],
    });
    let taken = 0;
    for (const { id } of rows) {
      if (taken >= HISTORY_BATCH) break;
      const entries = await asked.query({
        name: 'keep history',
        text: `INSERT INTO log_servers (server_id, seq, log_id)
          SELECT DISTINCT coalesce(item ->> 'server_id', item ->> 'service_id'), log.seq, log.id
          FROM log, json_array_elements(log.items::json) AS item
          WHERE log.id = $1 AND coalesce(item ->> 'server_id', item ->> 'service_id') IS NOT NULL`,
        values: [id],
      });
      taken += entries.rowCount ?? 0;
      await asked.query({ name: 'history place', text: 'UPDATE history_place SET up_to = $1', values: [id] });
    }
    const done = await asked.query({
      text: `DELETE FROM log_servers WHERE id IN (SELECT id FROM log_servers
        WHERE log_id < coalesce((SELECT min(id) FROM log), 9223372036854775807) ORDER BY id LIMIT $1)`,
      values: [HISTORY_BATCH],
    });
    return rows.length === HISTORY_BATCH || taken >= HISTORY_BATCH || done.rowCount === HISTORY_BATCH;
  });
}

/**
 * Removes the oldest rows as SQLite does: a prefix, at most `batch`, of very large rows fewer. With the head row
 * locked, so that no reader sees a floor without its rows.
 */
export function trim(
  reads: Reads,
  before: Instant,
  keepRows: number,
  batch: number,
  now: Instant,
): Promise<number> {
  return reads.transaction(async (asked) => {
    await asked.query({ text: 'SELECT head FROM head FOR UPDATE' });
    await forgetOthers(asked, now, batch);
    await trimSilences(asked, before, batch);
    const count = await asked.query({ text: 'SELECT coalesce(max(id) - min(id) + 1, 0) AS rows FROM log' });
    const surplus = count.rows[0].rows - keepRows;
    const { rows } = await asked.query({
      text: `SELECT id, stream, seq, at, entry, unknown_seq AS "unknownSeq", octet_length(items) AS bytes
        FROM log ORDER BY id LIMIT $1`,
      values: [batch],
    });
    const floors = new Map<StreamName, Floor>();
    let last: number | undefined;
    let removed = 0;
    let bytes = 0;
    for (const row of rows) {
      if ((row.at >= before && removed >= surplus) || bytes >= MAX_TRIMMED_BYTES) break;
      bytes += row.bytes;
      floors.set(row.stream, floorBehind(row, floors.get(row.stream)));
      last = row.id;
      removed += 1;
    }
    if (last === undefined) return 0;
    await asked.query({ text: 'DELETE FROM log WHERE id <= $1', values: [last] });
    await asked.query({
      text: `UPDATE streams SET floor = f.floor, floor_entry = f.entry,
          unknown_floor = coalesce(f.unknown_floor, streams.unknown_floor),
          unknown_floor_entry = coalesce(f.unknown_entry, streams.unknown_floor_entry)
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
          AS f(name, floor, entry, unknown_floor, unknown_entry) WHERE streams.name = f.name`,
      values: [
        [...floors.keys()],
        [...floors.values()].map(({ floor }) => floor),
        [...floors.values()].map(({ entry }) => entry),
        [...floors.values()].map(({ unknownFloor }) => unknownFloor),
        [...floors.values()].map(({ unknownEntry }) => unknownEntry),
      ],
    });
    return removed;
  });
}

/** Removes commits that no node can still need, and last reports of removed services. */
async function forgetOthers(asked: Queryable, now: Instant, batch: number): Promise<void> {
  await asked.query({
    text: `DELETE FROM commits WHERE id IN (SELECT id FROM commits
      WHERE id <= (SELECT max(id) FROM commits) - $1 AND at < $2 ORDER BY id LIMIT $3)`,
    values: [COMMITS_KEPT, now - COMMITS_KEPT_MS, batch],
  });
  await asked.query({
    text: `DELETE FROM last_seen WHERE service IN (SELECT service FROM last_seen
      WHERE NOT EXISTS (SELECT 1 FROM services WHERE id = service) LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    values: [batch],
  });
}
