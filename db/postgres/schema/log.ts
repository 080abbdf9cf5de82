/** The order of commits, the log, and the identity of this database. */
import type { LineageEntry } from '../../../server/ports/log.ts';
import { sql } from '../../drizzle.ts';
import { boolean, index, integer, pgTable, uniqueIndex } from '../drizzle.ts';
import { bytes, long, text } from './columns.ts';

/**
 * One row. Every commit with changes updates it first: it is the lock of all writers, gives the commit its number, and
 * says who may write (`fence`).
 */
export const head = pgTable('head', {
  one: boolean('one').primaryKey().default(true),
  head: long('head').notNull(),
  fence: long('fence').notNull(),
  nextServiceId: long('next_service_id').notNull(),
  /** Lineage entry of the rows written now; 0 before the first. */
  entry: long('entry').notNull().default(0),
});

/** One row. */
export const meta = pgTable('meta', {
  one: boolean('one').primaryKey().default(true),
  epoch: text('epoch').notNull(),
  signingKey: bytes('signing_key').notNull(),
  /** On the server named here the epoch is taken as written: it was moved there from SQLite, with all its streams. */
  origin: text('origin'),
  createdAt: long('created_at').notNull(),
});

/** Processes that wrote here, a new row for every start. */
export const nodes = pgTable('nodes', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  name: text('name').notNull(),
  version: text('version').notNull(),
  startedAt: long('started_at').notNull(),
});

/** What each commit changed for processes that cache. `id` is dense; retention removes the oldest. */
export const commits = pgTable(
  'commits',
  {
    id: long('id').primaryKey(),
    at: long('at').notNull(),
    node: integer('node').notNull(),
    nonce: long('nonce').notNull(),
    /** Id of the last row of the log in or before this commit, kept after that row is trimmed. */
    logUpTo: long('log_up_to').notNull(),
    /** JSON of what the port calls `services`, `removedServices` and `touched`; null for none. */
    services: text('services'),
    removed: text('removed'),
    touched: text('touched'),
  },
  (table) => [uniqueIndex('commits_nonce').on(table.node, table.nonce)],
);

export const streams = pgTable('streams', {
  name: text('name').primaryKey(),
  head: long('head').notNull(),
  floor: long('floor').notNull(),
  /** Lineage entries of the row at the head, and of the last row that was trimmed. */
  entry: long('entry').notNull().default(0),
  floorEntry: long('floor_entry').notNull().default(0),
  /** All four by the numbers that rows have under the policy `unknown-only`. */
  unknownHead: long('unknown_head').notNull().default(0),
  unknownFloor: long('unknown_floor').notNull().default(1),
  unknownEntry: long('unknown_entry').notNull().default(0),
  unknownFloorEntry: long('unknown_floor_entry').notNull().default(0),
});

/** `id` is dense and grows with commits: given under the head row's lock. */
export const log = pgTable(
  'log',
  {
    id: long('id').primaryKey(),
    commit: long('commit').notNull(),
    stream: text('stream').notNull(),
    seq: long('seq').notNull(),
    at: long('at').notNull(),
    items: text('items').notNull(),
    entry: long('entry').notNull(),
    /** Its number under the policy `unknown-only`; NULL where such owners see nothing of it. */
    unknownSeq: long('unknown_seq'),
  },
  (table) => [
    uniqueIndex('log_stream_seq').on(table.stream, table.seq),
    uniqueIndex('log_stream_unknown_seq')
      .on(table.stream, table.unknownSeq)
      .where(sql`unknown_seq IS NOT NULL`),
  ],
);

/** Stretches of the log: see `Store.lineage`. */
export const lineage = pgTable('lineage', {
  id: long('id').primaryKey().generatedAlwaysAsIdentity(),
  entry: long('entry').notNull(),
  at: long('at').notNull(),
  head: long('head').notNull(),
  why: text('why').$type<LineageEntry['why']>().notNull(),
});

/** Which rows of the log concern a server. Written after the log, as in SQLite. */
export const logServers = pgTable(
  'log_servers',
  {
    id: long('id').primaryKey().generatedAlwaysAsIdentity(),
    serverId: text('server_id').notNull(),
    seq: long('seq').notNull(),
    logId: long('log_id').notNull(),
  },
  (table) => [index('log_servers_of').on(table.serverId, table.seq)],
);

/** One row: how far `log_servers` is. */
export const historyPlace = pgTable('history_place', {
  one: boolean('one').primaryKey().default(true),
  upTo: long('up_to').notNull(),
});
