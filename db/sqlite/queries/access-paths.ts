/** Finds the ways to read a query's rows: which indexes, in which order, between which bounds. */
import type { InstanceFilter, InstanceSort } from '../../../server/ports/instance-query.ts';
import { and, eq, gte, isNotNull, isNull, lte, type SQL } from '../../drizzle.ts';
import { instances } from '../schema/compute.ts';
import { type FixedKey, INSTANCE_INDEXES, type InstanceIndex } from './instance-indexes.ts';

/** One index, walked from one end to the other between bounds. */
export interface IndexRange {
  readonly index: InstanceIndex;
  /** A condition that all its rows meet. */
  readonly where: SQL | undefined;
  /** The order in which it is walked, in either direction. */
  readonly order: readonly InstanceSort[];
  /** How many leading keys of the requested order it is walked in. */
  readonly sorted: number;
  /** Where the walk begins, if not at the end. After that the rows themselves give the position. */
  readonly start?: SQL;
}

/** Sources which together have every row that can match, each row in one of them. */
export interface AccessPath {
  readonly sources: readonly IndexRange[];
  /** Its rows are exactly the requested ones, in the requested order: a page costs what it shows. */
  readonly isExact: boolean;
}

interface PathQuery {
  readonly filter: InstanceFilter;
  readonly order: readonly InstanceSort[];
  /** The only hosts that can have matching rows, if they are few. */
  readonly hosts: readonly string[] | undefined;
}

/** A part of the rows with a search of its own: the present or the deleted ones. */
interface Part {
  readonly holds: 'present' | 'deleted' | 'all';
  readonly fixed: Partial<Record<FixedKey, readonly string[]>>;
}

/**
 * The exact path, if there is one. Otherwise several, since no one knows beforehand which is shortest: one by the
 * requested order, which ends with the page, and one by each condition, which ends with the rows that meet it.
 */
export function accessPaths(question: PathQuery): readonly AccessPath[] {
  const parts = partsOf(question);
  const byOrder = pathBy(question, parts, (sorted, fixed) => sorted * 10 + fixed);
  const throughout: readonly Part[] = [{ holds: 'all', fixed: fixedIn(question) }];
  const byOrderOfAll = pathBy(question, throughout, (sorted, fixed) =>
    sorted > (byOrder?.sources[0]?.sorted ?? 0) ? sorted * 10 + fixed : undefined,
  );
  const byCondition = pathBy(question, parts, (sorted, fixed) => fixed * 10 + sorted);
  const { changedSince, changedBefore } = question.filter;
  const byTime =
    changedSince === undefined && changedBefore === undefined
      ? undefined
      : pathBy(question, throughout, (_, fixed, index) =>
          index.order[0]?.key === 'updatedAt' ? fixed : undefined,
        );
  const byHost = question.hosts === undefined ? undefined : pathByHosts(question, question.hosts);
  const all = [byOrder, byOrderOfAll, byCondition, byTime, byHost].filter((path) => path !== undefined);
  const exact = all.find(({ isExact }) => isExact);
  if (exact !== undefined) return [exact];
  return all.filter((path, n) => all.findIndex((other) => nameOf(other) === nameOf(path)) === n);
}

function nameOf({ sources }: AccessPath): string {
  return sources.map(({ index, order }) => `${index.name} ${order[0]?.direction}`).join();
}

function partsOf({ filter, ...rest }: PathQuery): readonly Part[] {
  const fixed = fixedIn({ filter, ...rest });
  if (filter.ids !== undefined) return [{ holds: 'all', fixed }];
  const present: Part = { holds: 'present', fixed };
  const deleted: Part = { holds: 'deleted', fixed };
  if (filter.deleted === false) return [present];
  if (filter.deleted === undefined) return [present, deleted];
  if (!filter.softDeletedToo) return [deleted];
  return [deleted, { holds: 'present', fixed: { ...fixed, vmState: ['soft-delete'] } }];
}

function fixedIn({ filter }: PathQuery): Part['fixed'] {
  const one = (value: string | undefined) => (value === undefined ? undefined : [value]);
  const states = filter.vmStates ?? filter.states?.map(({ vmState }) => vmState);
  const fixed = {
    id: filter.ids,
    projectId: one(filter.projectId),
    host: one(filter.host),
    imageRef: one(filter.imageRef),
    flavorId: one(filter.flavorId),
    vmState: states && [...new Set(states)],
  };
  return Object.fromEntries(Object.entries(fixed).filter(([, values]) => values !== undefined));
}

type PathWorth = (sorted: number, fixed: number, index: InstanceIndex) => number | undefined;

/** For each part the most useful index. Undefined if one of them has no index. */
function pathBy(question: PathQuery, parts: readonly Part[], worth: PathWorth): AccessPath | undefined {
  const sources: IndexRange[] = [];
  let isExact = parts.length === 1;
  for (const part of parts) {
    const usable = INSTANCE_INDEXES.filter(
      ({ holds, fixed }) => holds === part.holds && fixed.every((key) => part.fixed[key] !== undefined),
    );
    let best: { index: InstanceIndex; worth: number; walked: Walked } | undefined;
    for (const index of usable) {
      const walked = walkedIn(index, question.order);
      const value = worth(walked.sorted, index.fixed.length, index);
      if (value !== undefined && (best === undefined || value > best.worth))
        best = { index, walked, worth: value };
    }
    if (best === undefined) return undefined;
    const found = sourcesOf(question, part, best.index, best.walked);
    sources.push(...found);
    isExact &&=
      found.length === 1 &&
      best.walked.sorted === question.order.length &&
      leavesNothing(question, best.index);
  }
  return { sources, isExact };
}

function pathByHosts(question: PathQuery, hosts: readonly string[]): AccessPath | undefined {
  if (question.filter.deleted !== false || question.filter.host !== undefined) return undefined;
  const part: Part = { holds: 'present', fixed: { host: hosts } };
  return pathBy(question, [part], (_, fixed, index) => (index.fixed[0] === 'host' ? fixed : undefined));
}

interface Walked {
  readonly order: readonly InstanceSort[];
  readonly sorted: number;
}

/** Forwards or, where the first key asks for it, backwards. */
function walkedIn({ order }: InstanceIndex, asked: readonly InstanceSort[]): Walked {
  const turned = order[0]?.key === asked[0]?.key && order[0]?.direction !== asked[0]?.direction;
  const walked = turned
    ? order.map(({ key, direction }) => ({ key, direction: opposite(direction) }))
    : order;
  const differs = asked.findIndex(
    ({ key, direction }, n) => walked[n]?.key !== key || walked[n]?.direction !== direction,
  );
  return { order: walked, sorted: differs < 0 ? asked.length : differs };
}

function opposite(direction: InstanceSort['direction']): InstanceSort['direction'] {
  return direction === 'asc' ? 'desc' : 'asc';
}

/** One for each combination of what is fixed. */
function sourcesOf({ filter }: PathQuery, part: Part, index: InstanceIndex, walked: Walked): IndexRange[] {
  let combined: (SQL | undefined)[] = [holding(index)];
  for (const key of index.fixed) {
    const values = part.fixed[key] ?? [];
    combined = combined.flatMap((where) => values.map((value) => and(where, eq(instances[key], value))));
  }
  if (walked.order[0]?.key !== 'updatedAt') return combined.map((where) => ({ index, where, ...walked }));
  const since = filter.changedSince === undefined ? undefined : gte(instances.updatedAt, filter.changedSince);
  const before =
    filter.changedBefore === undefined ? undefined : lte(instances.updatedAt, filter.changedBefore);
  const [start, end] = walked.order[0].direction === 'asc' ? [since, before] : [before, since];
  return combined.map((where) => ({
    index,
    where: and(where, end),
    ...walked,
    ...(start === undefined ? {} : { start }),
  }));
}

/**
 * The condition SQLite must see before it uses a partial index. With an index over all rows each row is tested.
 */
function holding({ holds }: InstanceIndex): SQL | undefined {
  if (holds === 'all') return undefined;
  return holds === 'present' ? isNull(instances.deletedAt) : isNotNull(instances.deletedAt);
}

/** Does the index alone meet every condition? A condition that nearly every row meets may be tested on the row. */
function leavesNothing({ filter, hosts }: PathQuery, { fixed, order, holds }: InstanceIndex): boolean {
  const isMet = (name: string): boolean => {
    if (name === 'exceptVmStates' || name === 'softDeletedToo') return true;
    if (name === 'deleted') return holds !== 'all';
    if (name === 'ids') return fixed.includes('id');
    if (name === 'vmStates') return fixed.includes('vmState');
    if (name === 'changedSince' || name === 'changedBefore') return order[0]?.key === 'updatedAt';
    return fixed.includes(name as FixedKey);
  };
  return hosts === undefined && Object.keys(filter).every((name) => isMet(name));
}
