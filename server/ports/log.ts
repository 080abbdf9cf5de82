/**
 * The log as a database keeps it: streams, their rows and numbers, and the entries of its lineage. `Store` beside it
 * writes and reads it.
 */
import type { Instant } from '../domain/clock.ts';

/**
 * A stream's name: `hosts` for operators, `project:<id>` for an owner. Each is one sequence from 1 without a gap: a
 * client can check by itself that it has every row, and its numbers reveal nothing about other owners.
 */
export type StreamName = 'hosts' | `project:${string}`;

export function projectStream(projectId: string): StreamName {
  return `project:${projectId}`;
}

/**
 * One row of the log: what one commit changed in one stream. `items` is the JSON text of the array that is sent,
 * encoded once, at commit. A commit with many items for one stream is split into several rows.
 */
export interface LogRow {
  readonly stream: StreamName;
  readonly seq: number;
  readonly at: Instant;
  readonly items: string;
  /** Lineage entry in which it was committed; 0 for a row older than the lineage. See `Store.lineage`. */
  readonly entry: number;
  /**
   * Its number among the rows that show something under the policy `unknown-only`: 1, 2, 3 …; null for the other rows.
   */
  readonly unknownSeq: number | null;
}

/** The number that counts the rows of a stream: `seq`, or `unknownSeq`, which skips what that policy hides. */
export type Numbering = 'all' | 'unknown-only';

/** Newest and oldest row that can be replayed. A stream without any row has head 0 and floor 1. */
export interface NumberedBounds {
  readonly head: number;
  readonly floor: number;
  /** Lineage entry in which the row at the head was written; 0 if there never was one. */
  readonly headEntry: number;
  /** The same for the last trimmed row, just before the floor. */
  readonly floorEntry: number;
}

export interface StreamBounds extends NumberedBounds {
  /** The same by `unknownSeq`. */
  readonly unknownOnly: NumberedBounds;
  /** Lineage entry in which the next row will be written. */
  readonly entry: number;
}

/**
 * One entry of the log's lineage, like PostgreSQL's timelines: a part of the log that no other state can have replaced.
 * `entry` is random (1 to 2^48 - 1), so that two histories that branch from one file never share one.
 */
export interface LineageEntry {
  readonly entry: number;
  readonly at: Instant;
  /**
   * The log's number of commits with changes when the entry began; where rows are numbered over all streams, its number
   * of rows.
   */
  readonly head: number;
  readonly why: 'start' | 'clock';
}

/** Most log items in one row; a commit with more for one stream is split, so that every frame stays bounded. */
export const MAX_ITEMS_PER_ROW = 1_000;
