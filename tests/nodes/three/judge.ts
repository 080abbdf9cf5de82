/** Compares every frame that an owner received with the log of the database, and the log with what can have happened. */
import * as assert from 'uvu/assert';
import type { Cloud } from './cloud.ts';
import type { Item, SeenFrame } from './witness.ts';

export interface LogRow {
  readonly stream: string;
  readonly seq: number;
  readonly items: string;
}

const PREFIX = 'project:';

/** @param epoch of the log; frames of another one were committed before a failover, and may be gone */
export function assertSame(seen: readonly SeenFrame[], log: readonly LogRow[], epoch: string): void {
  const rows = new Map(log.map(({ stream, seq, items }) => [`${stream} ${seq}`, items]));
  const made = seen
    .filter((frame) => frame.epoch === epoch)
    .filter(({ stream, seq, items }) => rows.get(`${PREFIX}${stream} ${seq}`) !== items)
    .map(({ stream, seq, items }) => ({
      frame: `${stream} ${seq}`,
      items,
      log: rows.get(`${PREFIX}${stream} ${seq}`),
    }));
  assert.equal(made.slice(0, 3), [], 'a frame that is not in the log, byte for byte');
}

/** The numbers of each stream are dense, each server is its own project's, and each change begins where the last one ended. */
export function assertSound(log: readonly LogRow[], { projects }: Cloud): void {
  const wrong: string[] = [];
  const last = new Map<string, number>();
  const now = new Map<string, string | null | undefined>();
  for (const { stream, seq, items } of log) {
    if (seq !== (last.get(stream) ?? seq - 1) + 1) wrong.push(`${stream}: ${seq} after ${last.get(stream)}`);
    last.set(stream, seq);
    for (const { kind, server_id = '', from, to, cause, at } of JSON.parse(items) as Item[]) {
      const what = `${stream} ${seq}, ${server_id}: ${from} to ${to} by ${cause} at ${at}`;
      if (`${PREFIX}${projects.get(server_id)}` !== stream) wrong.push(`${what}: another project's server`);
      if (cause === undefined || Number.isNaN(Date.parse(at ?? ''))) wrong.push(what);
      if (kind !== 'transition') continue;
      if (now.has(server_id) && now.get(server_id) !== from)
        wrong.push(`${what}: it was ${now.get(server_id)}`);
      now.set(server_id, to);
    }
  }
  assert.equal(wrong.slice(0, 5), [], 'a row of the log that cannot be');
}
