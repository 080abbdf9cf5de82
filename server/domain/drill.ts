/** Rehearsals: what an owner's stream shows of a drill, and what ends the drill. Pure. */
import type { Change, Drill as DrillMark, ServerState } from '../../client-sdk/protocol/items.ts';
import type { AuditEntry } from './audit.ts';
import { type Duration, type Instant, rfc3339 } from './clock.ts';
import { DomainError } from './errors.ts';

/** The statuses that a drill may show. `UP` is no fault, and needs no rehearsal. */
export const DRILL_STATUSES = ['DOWN', 'UNKNOWN', 'MAINTENANCE'] as const;
export type DrillStatus = (typeof DRILL_STATUSES)[number];

export const LONGEST_DRILL: Duration = 600_000;
/** No more servers than one row of the log may have items. */
export const MOST_DRILLED_SERVERS = 1_000;

/** A running rehearsal. */
export interface Drill {
  readonly id: string;
  readonly projectId: string;
  /** The user, or watch key, that started it. */
  readonly userId: string;
  /** The servers still in it: a server that truly changes leaves the drill. */
  readonly servers: readonly string[];
  readonly status: DrillStatus;
  readonly startedAt: Instant;
  readonly endsAt: Instant;
}

/** The true state of a present server of the drill's project. */
export type StateOf = (serverId: string) => ServerState | undefined;

/** The project's drills after a decision, and the items of its stream that say what changed. */
export interface DrillDecision {
  readonly drills: readonly Drill[];
  readonly items: readonly Change[];
  readonly audit?: AuditEntry;
}

/**
 * Starts a drill.
 * @throws DomainError `not_found` for servers that are not the project's; `conflict` above `most` drills, for a server
 * that is in another drill, and for one whose host is truly down or silent, which a drill would hide
 */
export function onDrillStarted(
  drills: readonly Drill[],
  drill: Drill,
  stateOf: StateOf,
  most: number,
): DrillDecision {
  const states = drill.servers.map((id) => ({ id, state: stateOf(id) }));
  const absent = states.filter(({ state }) => state === undefined).map(({ id }) => id);
  if (absent.length > 0)
    throw new DomainError('not_found', `There is no server ${listed(absent)}`, { field: 'servers' });
  if (drills.length >= most)
    throw new DomainError(
      'conflict',
      `this project has reached its limit of ${most} drills at once (HOSTBEAT_MAX_DRILLS_PER_PROJECT): end one, or wait for its end`,
    );
  const busy = new Set(drills.flatMap(({ servers }) => servers));
  const twice = drill.servers.filter((id) => busy.has(id));
  if (twice.length > 0)
    throw new DomainError('conflict', `there is a drill already of server ${listed(twice)}: end it first`);
  const faulty = states.flatMap(({ id, state }) => (state !== undefined && isFault(state) ? [id] : []));
  if (faulty.length > 0)
    throw new DomainError(
      'conflict',
      `a drill would hide a real fault: the host is down or silent under server ${listed(faulty)}`,
    );
  const items = states.flatMap(({ state }) => (state === undefined ? [] : [startItem(drill, state)]));
  return { drills: [...drills, drill], items };
}

/** Ends a drill, early or on time. If it has already ended, nothing changes. */
export function onDrillEnded(
  drills: readonly Drill[],
  id: string,
  at: Instant,
  stateOf: StateOf,
): DrillDecision {
  const drill = drills.find((one) => one.id === id);
  if (drill === undefined) return { drills, items: [] };
  const items = drill.servers.flatMap((server) => {
    const state = stateOf(server);
    return state === undefined ? [] : [endItem(drill, state, at)];
  });
  return { drills: drills.filter((one) => one !== drill), items };
}

/**
 * Servers truly changed, so they leave their drills. Their items say so: a filter by status that let the drill pass
 * must let the truth pass too.
 */
export function onTrueChanges(
  drills: readonly Drill[],
  changes: readonly Change[],
): { readonly drills: readonly Drill[]; readonly changes: readonly Change[] } {
  const changed = new Set(changes.map(({ server_id }) => server_id));
  const ended = new Map<string, Drill>();
  const left = drills.flatMap((drill) => {
    const servers = drill.servers.filter((id) => !changed.has(id));
    if (servers.length === drill.servers.length) return [drill];
    for (const id of drill.servers) if (changed.has(id)) ended.set(id, drill);
    return servers.length === 0 ? [] : [{ ...drill, servers }];
  });
  if (ended.size === 0) return { drills, changes };
  const marked = changes.map((change) => {
    const drill = ended.get(change.server_id);
    ended.delete(change.server_id);
    return drill === undefined ? change : { ...change, drill: markOf(drill, true) };
  });
  return { drills: left, changes: marked };
}

/**
 * The drill's remaining time. The wall clock may have been set back meanwhile: never more than the drill's own
 * duration.
 */
export function remainingOf({ startedAt, endsAt }: Drill, now: Instant): Duration {
  return Math.max(0, Math.min(endsAt - now, endsAt - startedAt, LONGEST_DRILL));
}

function isFault({ host_status, facts }: ServerState): boolean {
  if (facts === undefined || host_status === '') return false;
  return facts.forced_down || !facts.live;
}

/** The facts of a DOWN on which it is safe to fail over: silent, and with a confirmed fence. */
const AS_IF = {
  DOWN: {
    facts: { forced_down: true, disabled: false, live: false },
    evidence: 'none',
    fence: 'confirmed',
  },
  UNKNOWN: {
    facts: { forced_down: false, disabled: false, live: false },
    evidence: 'none',
    fence: 'none',
  },
  MAINTENANCE: { facts: { forced_down: false, disabled: true, live: true }, fence: 'none' },
} as const satisfies Record<DrillStatus, Partial<Change>>;

function startItem(drill: Drill, state: ServerState): Change {
  return {
    kind: 'drill',
    from: state.host_status,
    to: drill.status,
    cause: 'drill',
    at: rfc3339(drill.startedAt),
    server_id: state.server_id,
    name: state.name,
    host_id: state.host_id,
    ...AS_IF[drill.status],
    ...(state.reason === undefined ? {} : { reason: null }),
    drill: markOf(drill),
  };
}

/** Has the whole true state, because the client believed another one until now. */
function endItem(drill: Drill, state: ServerState, at: Instant): Change {
  const { host_status, since: _, confidence: __, ...truth } = state;
  return {
    kind: 'drill',
    from: drill.status,
    to: host_status,
    cause: 'drill',
    at: rfc3339(at),
    ...truth,
    drill: markOf(drill, true),
  };
}

function markOf({ id, endsAt }: Drill, ended?: true): DrillMark {
  return { id, until: rfc3339(endsAt), ...(ended === undefined ? {} : { ended }) };
}

const NAMED = 3;

function listed(ids: readonly string[]): string {
  const more = ids.length - NAMED;
  return `${ids.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
