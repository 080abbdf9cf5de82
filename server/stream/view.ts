/**
 * How much of a stream one subscriber sees: first the policy limits it, then the subscriber's filter selects from it.
 */
import { createHash } from 'node:crypto';
import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type {
  Cause,
  Change,
  Facts,
  ServerState,
  ServiceChange,
  ServiceState,
} from '../../client-sdk/protocol/items.ts';
import type { Subscribe } from '../../client-sdk/protocol/upstream.ts';
import { isSeenUnknownOnly } from '../domain/unknown-only.ts';
import type { Visibility } from '../identity/policy-port.ts';
import type { Entitlement } from './entitlement.ts';

export interface StreamView {
  readonly visibility: Exclude<Visibility, 'none'>;
  /** Only these servers. */
  readonly servers?: ReadonlySet<string>;
  /** Only changes from or to one of these, and every fact that another status hides. */
  readonly hostStatus?: ReadonlySet<HostStatus | undefined | null>;
}

/** Everything that the stream has. */
export const EVERYTHING: StreamView = { visibility: 'all' };
/** One object for every view without a filter, so that equal views are recognised by identity. */
const UNFILTERED: Readonly<Record<StreamView['visibility'], StreamView>> = {
  all: EVERYTHING,
  'unknown-only': { visibility: 'unknown-only' },
};

export function viewOf(
  { servers, host_status }: Pick<Subscribe, 'servers' | 'host_status'>,
  { visibility, servers: allowed }: Entitlement,
): StreamView {
  const wanted = servers === undefined ? allowed : wantedOf(servers, allowed);
  if (wanted === undefined && host_status === undefined) return UNFILTERED[visibility];
  return {
    visibility,
    ...(wanted === undefined ? {} : { servers: wanted }),
    ...(host_status === undefined ? {} : { hostStatus: new Set(host_status) }),
  };
}

/** Ids outside of the allowed ones are treated like ids that do not exist. */
function wantedOf(servers: readonly string[], allowed: ReadonlySet<string> | undefined): ReadonlySet<string> {
  const wanted = servers.map((id) => id.toLowerCase());
  return new Set(allowed === undefined ? wanted : wanted.filter((id) => allowed.has(id)));
}

const DIGEST_BYTES = 12;
const digests = new WeakMap<StreamView, Buffer>();

/**
 * The part of a view that a cursor keeps: two views that show the same have the same digest, in whatever order the
 * client listed the servers.
 */
export function digestOf(view: StreamView): Buffer {
  const known = digests.get(view);
  if (known !== undefined) return known;
  const sorted = (of: ReadonlySet<unknown> | undefined) => (of === undefined ? null : [...of].sort());
  // An earlier version numbered places under `unknown-only` differently; the 2 separates the two.
  const shown = view.visibility === 'all' ? 'all' : 'unknown-only 2';
  const text = JSON.stringify([shown, sorted(view.servers), sorted(view.hostStatus)]);
  const digest = createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES);
  digests.set(view, digest);
  return digest;
}

export type Item = Change | ServiceChange;
export type State = ServerState | ServiceState;

/** Does the view show every item exactly as the log has it? */
export function isWhole(view: StreamView): boolean {
  return view.visibility === 'all' && !isFiltered(view);
}

export function isFiltered(view: StreamView): boolean {
  return view.servers !== undefined || view.hostStatus !== undefined;
}

/** The items of one commit as this view shows them; possibly an empty list. */
export function itemsIn(view: StreamView, items: readonly Item[]): readonly Item[] {
  const allowed = view.visibility === 'all' ? items : items.flatMap((item) => hideAllButUnknown(item));
  // The filter sees only what the view shows: otherwise it could be used to find out what is hidden.
  return allowed.filter((item) => isWanted(view, item) && isOfStatus(view, item));
}

/**
 * A filter never hides a fact. A filter for DOWN also shows what was declared down while MAINTENANCE is displayed, the
 * end of that, and every change that leaves the filter, so that no client keeps believing an outdated status.
 */
function isOfStatus({ hostStatus }: StreamView, item: Item): boolean {
  const { kind, from, to, facts, cause } = item;
  const { drill } = item as Partial<Change>;
  if (hostStatus === undefined || hostStatus.has(from) || hostStatus.has(to)) return true;
  // A change that ends a drill leaves the status that the drill showed.
  if (PASSES.has(kind) || drill !== undefined) return true;
  if (facts !== undefined && isHiddenFact(hostStatus, facts)) return true;
  // A fact that the status before had hidden may have ended with it.
  const hid = from === 'MAINTENANCE' ? 'DOWN' : from === 'DOWN' ? 'MAINTENANCE' : undefined;
  return hid !== undefined && hostStatus.has(hid) && ENDS_FACTS.includes(cause);
}

const PASSES: ReadonlySet<Item['kind']> = new Set([
  'annotation',
  'server_removed',
  'service_removed',
  'drill',
]);

const ENDS_FACTS: readonly Cause[] = ['forced_down', 'disabled', 'placement', 'service_removed'];

/** Does a fact hold that one of these statuses stands for, whatever status is displayed? */
function isHiddenFact(statuses: ReadonlySet<HostStatus | undefined | null>, facts: Facts): boolean {
  return (statuses.has('DOWN') && facts.forced_down) || (statuses.has('MAINTENANCE') && facts.disabled);
}

/** The current state as this view shows it. */
export function statesIn(view: StreamView, states: readonly State[]): readonly State[] {
  const allowed = view.visibility === 'all' ? states : states.flatMap((state) => hideStateButUnknown(state));
  return allowed.filter((state) => isWanted(view, state) && isStateOfStatus(view, state));
}

function isStateOfStatus({ hostStatus }: StreamView, { host_status, facts }: State): boolean {
  if (hostStatus === undefined || hostStatus.has(host_status)) return true;
  return facts !== undefined && isHiddenFact(hostStatus, facts);
}

function isWanted(view: StreamView, item: Item | State): boolean {
  return view.servers === undefined || ('server_id' in item && view.servers.has(item.server_id));
}

/**
 * Applies the policy `unknown-only`. A cause that would reveal the hidden value is shown as plain silence, or the end
 * of it.
 */
function hideAllButUnknown(item: Item): Change[] {
  if (!('server_id' in item) || !isSeenUnknownOnly(item)) return [];
  const enters = item.to === 'UNKNOWN';
  const comesOrGoes = item.kind === 'server_added' || item.kind === 'server_removed';
  return [
    {
      kind: comesOrGoes ? item.kind : 'transition',
      server_id: item.server_id,
      name: item.name,
      host_id: item.host_id,
      ...(isTold(item.from) ? { from: item.from } : {}),
      ...(isTold(item.to) ? { to: item.to } : {}),
      cause: comesOrGoes ? 'placement' : harmless(item.cause, enters ? SILENCE : SOUND),
      at: item.at,
      ...(enters && item.observed !== undefined ? { observed: item.observed } : {}),
    },
  ];
}

const SILENCE: readonly Cause[] = ['timeout', 'connection_lost', 'goodbye', 'mass', 'placement'];
const SOUND: readonly Cause[] = ['heartbeat', 'placement'];

function harmless(cause: Cause, among: readonly Cause[]): Cause {
  return among.includes(cause) ? cause : (among[0] as Cause);
}

/** `null` means that the server did not exist, and reveals no host_status. */
function isTold(status: HostStatus | null | undefined): status is 'UNKNOWN' | null {
  return status === 'UNKNOWN' || status === null;
}

function hideStateButUnknown(state: State): ServerState[] {
  if (!('server_id' in state)) return [];
  const { server_id, name, host_id } = state;
  if (state.host_status === 'UNKNOWN') {
    return [
      {
        server_id,
        name,
        host_status: 'UNKNOWN',
        host_id,
        ...(state.since === undefined ? {} : { since: state.since }),
      },
    ];
  }
  // The true instant would reveal a hidden change.
  return [{ server_id, name, host_id }];
}
