import type {
  Event,
  Health,
  ResetReason,
  Snapshot,
  Synced,
  Welcome,
} from '../../../client-sdk/protocol/downstream.ts';
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Change, ServerState } from '../../../client-sdk/protocol/items.ts';

const AT = '2026-01-01T00:00:00.000Z';
const ID = 'main';

/** Without a word on the tracker, as of a server that does not say it here. */
export function welcome(health_interval_ms = 60_000): Welcome {
  return {
    type: 'welcome',
    session: 's1',
    server: { name: 'hostbeat', version: '0.1.0' },
    project_id: 'p1',
    roles: ['member'],
    expires_at: null,
    health_interval_ms,
    limits: { frame_bytes: 65_536, subscriptions: 16, backlog_bytes: 1_048_576 },
  };
}

export function state(server_id: string, host_status: HostStatus = 'UP'): ServerState {
  const facts = { forced_down: host_status === 'DOWN', disabled: false, live: host_status === 'UP' };
  return { server_id, name: server_id, host_status, host_id: 'h1', since: AT, facts };
}

export function snapshot(items: ServerState[], part = 1, last = true): Snapshot {
  return { type: 'snapshot', id: ID, part, last, items };
}

/** Cursors of a scripted server are readable: a client that looked inside would be found out by the real one. */
export function cursorAt(seq: number): string {
  return `cursor-${seq}`;
}

export function synced(seq: number, how: Synced['how'] = 'snapshot', reason?: ResetReason): Synced {
  const why = reason === undefined ? {} : { reason };
  return { type: 'synced', id: ID, cursor: cursorAt(seq), epoch: 'e1', seq, how, ...why };
}

export function change(server_id: string, to: HostStatus, from: HostStatus = 'UP'): Change {
  const { name, host_id, facts } = state(server_id, to);
  return { kind: 'transition', server_id, name, from, to, host_id, facts: facts!, cause: 'timeout', at: AT };
}

export function event(seq: number, items: object[] = [change('s1', 'UNKNOWN')]): Event {
  return { type: 'event', id: ID, stream: 'project', cursor: cursorAt(seq), seq, items: items as Change[] };
}

export function health(observer: Health['observer'] = 'ok', seq = 0): Health {
  const subscriptions = [{ id: ID, cursor: cursorAt(seq) }];
  return { type: 'health', now: AT, observer, observing_since: AT, subscriptions };
}
