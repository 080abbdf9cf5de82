import type { HostStatus } from '../protocol/host-status.ts';
import type { ServerState } from '../protocol/items.ts';
import { ClosedError } from './errors.ts';
import type { HostStatusMap } from './host-status-map.ts';
import { realTimer, type SetTimer } from './support/timeout.ts';

export interface FailoverOptions {
  /**
   * Which statuses mean that a server is lost. Default: only `DOWN`, which somebody vouches for; it counts also where
   * `MAINTENANCE` is shown in its place.
   */
  readonly statuses?: readonly HostStatus[] | undefined;
  /**
   * How long the status must hold, ms. Default 0: right for `DOWN`. For `UNKNOWN`, which is silence and may pass, give
   * what an unneeded switch-over costs more than waiting.
   */
  readonly settleMs?: number | undefined;
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly setTimer?: SetTimer | undefined;
}

/**
 * Waits for the first of these servers whose host is lost: `const lost = await failoverWhen(map, [primary])`.
 *
 * One that is lost already counts. While the connection is broken nothing is decided: only when everything that
 * happened meanwhile was told is it known whether the status still holds.
 * @returns the server as it is then
 * @throws HostbeatError if the client is closed or refused for good; the signal's reason if it is aborted
 */
export function failoverWhen(
  map: HostStatusMap,
  serverIds: readonly string[],
  options: FailoverOptions = {},
): Promise<ServerState> {
  const { statuses = ['DOWN'], settleMs = 0, signal, setTimer = realTimer } = options;
  const { client } = map;
  const watched = new Set(serverIds);
  const settling = new Map<string, () => void>();
  const settled = new Set<string>();
  const { promise, resolve, reject } = Promise.withResolvers<ServerState>();
  if (!(settleMs >= 0)) reject(new RangeError('settleMs'));

  const lost = (id: string): ServerState | undefined => {
    const state = map.get(id);
    if (state === undefined) return undefined;
    // Of three facts one is shown: a host that was in maintenance when it was fenced shows only that.
    const isLost = (status: HostStatus) =>
      status === state.host_status || (status === 'DOWN' && state.facts?.forced_down);
    return statuses.some(isLost) ? state : undefined;
  };
  const decide = () => {
    if (client.state !== 'live') return;
    for (const id of settled) {
      const state = lost(id);
      if (state !== undefined) return resolve(state);
    }
  };
  const settle = (id: string) => {
    settling.delete(id);
    settled.add(id);
    decide();
  };
  const consider = (id: string) => {
    if (!watched.has(id)) return;
    if (lost(id) === undefined) {
      settling.get(id)?.();
      settling.delete(id);
      settled.delete(id);
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

  const stops = [map.on('change', ({ id }) => consider(id)), client.on('state', onState)];
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  onState();
  // Rejected only in the ways that onState tells.
  map.synced.then(() => watched.forEach(consider), onState);

  return promise.finally(() => {
    for (const stop of stops) stop();
    for (const cancel of settling.values()) cancel();
    signal?.removeEventListener('abort', onAbort);
  });
}
