/** What tests of the client wait for, and the time and the server that they hold. */
import type { ConnectionState } from '../../../client-sdk/src/connection/connection-state.ts';
import type { Client, HostbeatError, TrackerState } from '../../../client-sdk/src/index.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { within } from '../../support/within.ts';
import { snapshot, state, synced } from './frames.ts';
import type { Peer, ScriptedServer } from './scripted-server.ts';

/** Retries come at once, so that no test waits for a back-off. */
export const random = () => 0;

export const nextState = (client: Client, wanted: ConnectionState) =>
  within(
    `state ${wanted}`,
    new Promise<void>((resolve) => client.on('state', (s) => s === wanted && resolve())),
  );

export const nextError = (client: Client, name: string) =>
  within(
    name,
    new Promise<HostbeatError>((resolve) =>
      client.on('error', (error) => error.name === name && resolve(error)),
    ),
  );

export const nextTracker = (client: Client, wanted: TrackerState) =>
  within(
    `tracker ${wanted}`,
    new Promise<void>((resolve) => client.on('tracker', (t) => t === wanted && resolve())),
  );

/** Options of a client whose time passes only when the test lets it. */
export function heldTime() {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  return { timers, setTimer: timers.setTimer, now: () => clock.monotonic() };
}

/** The next connection, greeted, and up to date at `seq`. */
export async function live(server: ScriptedServer, seq = 0, healthIntervalMs?: number): Promise<Peer> {
  const peer = await within('a connection', server.peer());
  const subscribe = await within('a subscription', peer.greet(healthIntervalMs));
  if (subscribe.cursor === undefined) peer.send(snapshot([state('s1')]), synced(seq));
  else peer.send(synced(seq, 'resumed'));
  return peer;
}
