import type { Change, Drill, ServerState, ServiceChange, ServiceState } from '../../protocol/items.ts';

type AnyState = ServerState | ServiceState;
type AnyChange = Change | ServiceChange;

/** These fields describe the change, not the state after it. */
const OF_THE_CHANGE = new Set([
  'kind',
  'from',
  'to',
  'at',
  'cause',
  'observed',
  'actor',
  'correlation_id',
  'flapping',
  'detected_after_restart',
]);

const MOVING = new Set<string>(['transition', 'server_added', 'service_added']);

/** An item's key: its server, or on the stream `hosts` its service. */
export function idOf(item: AnyState | AnyChange): string {
  return 'server_id' in item ? item.server_id : item.service_id;
}

/**
 * The state after a change: its fields replace the known ones, the others stay. Only the fact that a host still reports
 * although forced down comes with every change while it lasts, and doubt ends with any change.
 */
export function stateAfter(before: AnyState | undefined, change: AnyChange): AnyState {
  const was: Partial<AnyState> = before ?? {};
  const {
    host_status: known,
    since: knownSince,
    heard_while_forced_down: _,
    confidence: __,
    evidence: ___,
    drill: ____,
    ...kept
  } = was as Partial<ServerState>;
  const stated = Object.entries(change).filter(
    ([key, value]) => !OF_THE_CHANGE.has(key) && !(key === 'drill' && (value as Drill).ended),
  );
  // An unknown kind, or a drill, changes the status if its `to` differs.
  const moves =
    MOVING.has(change.kind) ||
    (change.kind !== 'annotation' && change.to !== undefined && change.to !== known);
  // Under the policy "unknown-only" a hidden status is absent: after leaving UNKNOWN it must not stay.
  const status = moves ? change.to : (change.to ?? known);
  // A state that the client first meets in an annotation began at an unknown time.
  const since = moves ? change.at : knownSince;
  return {
    ...kept,
    ...Object.fromEntries(stated),
    ...(since === undefined ? {} : { since }),
    ...(status === undefined || status === null ? {} : { host_status: status }),
  } as AnyState;
}

/** Whether two states are equal, in any order of keys. */
export function isSame(one: AnyState | undefined, other: AnyState): boolean {
  if (one === undefined) return false;
  const a: Record<string, unknown> = one;
  const b: Record<string, unknown> = other;
  return Object.keys({ ...a, ...b }).every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}
