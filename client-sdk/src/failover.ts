import type { HostStatus } from '../protocol/host-status.ts';
import type { ServerState } from '../protocol/items.ts';
import { ClosedError, UnknownServerError, UsageError } from './errors.ts';
import { fenceOf, type KnownFence } from './fence.ts';
import type { HostStatusMap } from './host-status-map.ts';
import { deferred } from './support/deferred.ts';
import { checkMs } from './support/numbers.ts';
import { realTimer, type SetTimer } from './support/timeout.ts';

export interface FailoverOptions {
  /**
   * Which statuses mean that a server is lost. Default: only `DOWN`, which an operator or a fencing agent asserts; it counts also where
   * `MAINTENANCE` is shown in its place, and only while the fence holds.
   */
  readonly statuses?: readonly HostStatus[] | undefined;
  /**
   * How long the status must last, ms. Default 0: right for `DOWN`. For `UNKNOWN`, a silence that may pass, give
   * the time for which waiting costs less than an unneeded switch-over.
   */
  readonly settleMs?: number | undefined;
  /**
   * DOWN counts although the host still reports. The old instance may go on writing while its successor writes too: use
   * it only in a program that shuts the old instance out by itself, for example by its storage. Default false.
   */
  readonly riskTwoPrimaries?: boolean | undefined;
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly setTimer?: SetTimer | undefined;
}

/** A lost server: its state, and what was known of its fence at the decision. */
export type LostServer = ServerState & { readonly known: KnownFence };

/**
 * Waits for the first of these servers whose host is lost: `const lost = await failoverWhen(map, [primary])`.
 *
 * DOWN alone is not enough: a host that is forced down and still runs is the most dangerous state there is. DOWN counts
 * only while the fence holds: the host no longer reports, or its fence is confirmed and it has not reported since.
 *
 * A server that is already lost counts. While the connection is broken nothing is decided: only after catching up
 * does the client know the present status.
 * @throws UnknownServerError if one of them is not the project's, or is removed; HostbeatError if the client is closed or
 * refused for good; UsageError for an option that cannot work; the signal's reason if it is aborted
 */
export async function failoverWhen(
  map: HostStatusMap,
  serverIds: readonly string[],
  options: FailoverOptions = {},
): Promise<LostServer> {
  const {
    statuses = ['DOWN'],
    settleMs = 0,
    riskTwoPrimaries = false,
    signal,
    setTimer = realTimer,
  } = options;
  checkMs('settleMs', options.settleMs);
  if (serverIds.length === 0) throw new UsageError('no server is named: nothing would ever be lost');
  const { client } = map;
  const watched = new Map(serverIds.map((id) => [id.toLowerCase(), id]));
  const settling = new Map<string, () => void>();
  const settled = new Set<string>();
  const removed = new Set<string>();
  const { promise, resolve, reject } = deferred<LostServer>();

  const stateOf = (id: string) => map.get(watched.get(id) ?? id);
  const lost = (id: string): LostServer | undefined => {
    const state = stateOf(id);
    if (state === undefined) return undefined;
    const known = fenceOf(state);
    // The status shows one of three facts: a host that was in maintenance when it was fenced shows only MAINTENANCE.
    const isDown = state.host_status === 'DOWN' || state.facts?.forced_down === true;
    const isLost = (status: HostStatus) =>
      status === 'DOWN' ? isDown && (known.holds || riskTwoPrimaries) : status === state.host_status;
    return statuses.some(isLost) ? { ...state, known } : undefined;
  };
  const isAbsent = (id: string) => stateOf(id) === undefined;
  let wasThere = false;
  const decide = () => {
    if (client.state !== 'live') return;
    for (const id of settled) {
      const state = lost(id);
      if (state !== undefined) return resolve(state);
    }
    // A server that is missing after catching up is not the project's, unless a filter by status left it out.
    const isMissing = client.filter.hostStatus === undefined ? isAbsent : (id: string) => removed.has(id);
    const missing = [...watched.keys()].filter(isMissing).map((id) => watched.get(id) ?? id);
    if (missing.length > 0) return reject(new UnknownServerError(missing, wasThere));
    wasThere = true;
  };
  const settle = (id: string) => {
    settling.delete(id);
    settled.add(id);
    decide();
  };
  const consider = (id: string) => {
    if (lost(id) === undefined) {
      settling.get(id)?.();
      settling.delete(id);
      settled.delete(id);
      if (isAbsent(id)) decide();
    } else if (!settling.has(id) && !settled.has(id)) {
      if (settleMs > 0)
        settling.set(
          id,
          setTimer(() => settle(id), settleMs),
        );
      else settle(id);
    }
  };
  const onState = () => {
    if (client.state === 'stopped') reject(client.error);
    else if (client.state === 'closed') reject(new ClosedError());
    else decide();
  };
  const onAbort = () => reject(signal?.reason);

  const stops = [
    map.on('change', ({ id: exact, by }) => {
      const id = exact.toLowerCase();
      if (!watched.has(id)) return;
      if ('kind' in by && by.kind === 'server_removed') removed.add(id);
      else removed.delete(id);
      consider(id);
    }),
    client.on('state', onState),
  ];
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  // Rejected only in the ways that onState handles.
  map.synced.then(() => {
    for (const id of watched.keys()) consider(id);
    onState();
  }, onState);

  try {
    return await promise;
  } finally {
    for (const stop of stops) stop();
    for (const cancel of settling.values()) cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}
