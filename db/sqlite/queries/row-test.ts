/** Tests instances that no index can test: by the caller's own test, and by the status of their host. */
import type { Instance } from '../../../server/domain/instances/instance.ts';
import type { InstanceFilter } from '../../../server/ports/instance-query.ts';
import type { InstanceTable, RowPlace } from '../tables/instances.ts';
import type { Candidate, RowTest } from './walk.ts';

/** @returns undefined if nothing is left to test */
export function rowTest(
  instances: InstanceTable,
  { test }: InstanceFilter,
  hostTest: ((host: string | null) => boolean) | undefined,
): RowTest | undefined {
  if (test === undefined && hostTest === undefined) return undefined;
  if (test === undefined) {
    return {
      read: (candidates) => candidates.map(({ host }) => host),
      passes: (host) => hostTest?.(host as string | null) ?? true,
    };
  }
  return {
    // Rows that are tested but not shown must not displace frequently used rows from the cache.
    read: (candidates: readonly Candidate[]) => rowsOf(instances, candidates),
    passes: (read) => {
      const instance = read as Instance | undefined;
      return instance !== undefined && hostTest?.(instance.host) !== false && test(instance);
    },
  };
}

/** In the order of the candidates; undefined for a row that was deleted meanwhile. */
function rowsOf(instances: InstanceTable, candidates: readonly Candidate[]): (Instance | undefined)[] {
  const read = instances.committedAt(
    candidates.map(({ rowid, id }): RowPlace => [rowid, id]),
    false,
  );
  if (read.length === candidates.length) return read;
  const byId = new Map(read.map((instance) => [instance.id, instance]));
  return candidates.map(({ id }) => byId.get(id));
}
