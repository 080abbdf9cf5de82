/** Keeps what is known here of services in step with what is committed of them, by whomever. */
import type { ServiceChange } from '../../client-sdk/protocol/items.ts';
import type { Clock } from '../domain/clock.ts';
import type { Service } from '../domain/service.ts';
import type { Committed } from '../store.ts';
import type { Events } from '../telemetry/events.ts';
import type { Timers } from '../timers.ts';
import type { Chores } from './background-tasks.ts';
import type { Damping } from './flapping/damping.ts';
import type { ObserverClock } from './observer/observer-clock.ts';
import type { AgentConnections } from './reports/agent-connections.ts';
import type { Deadlines } from './services/deadlines.ts';
import type { Roster } from './services/registry.ts';

export interface FollowContext {
  readonly roster: Roster;
  readonly deadlines: Deadlines;
  readonly damping: Damping;
  readonly connections: Pick<AgentConnections, 'forget' | 'flagsChanged'>;
  readonly observer: Pick<ObserverClock, 'now'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly timers: Pick<Timers, 'nextTurn'>;
  readonly chores: Pick<Chores, 'run'>;
  readonly events: Events;
  /** A host was added whose name differs from another's only by its case or its domain part. */
  readonly alike: (host: string, other: string) => void;
}

/** @returns what the store is to call after each commit */
export function followCommits(context: FollowContext): (committed: Committed) => void {
  const { roster, deadlines, damping, connections, observer, clock, timers, chores, events, alike } = context;

  function remove(service: Service): void {
    const slot = roster.slotOf(service);
    if (slot === undefined || roster.service(slot)?.id !== service.id) return;
    connections.forget(slot);
    damping.forget(slot);
    roster.remove(slot);
  }

  function put(service: Service): void {
    const slot = roster.slotOf(service);
    const before = slot === undefined ? undefined : roster.service(slot);
    if (slot === undefined || before === undefined) {
      const added = roster.add(service, observer.now(), service.lastSeenUp ?? clock.now(), false);
      if (service.live) deadlines.arm(added);
      const other = roster.alike(service.host);
      if (other !== undefined) alike(service.host, other);
      return;
    }
    roster.replace(slot, service);
    if (before.live !== service.live) damping.edge(slot, service.live, observer.now());
    if (!service.live) deadlines.disarm(slot);
    else if (!before.live) {
      deadlines.heard(slot, observer.now());
      deadlines.arm(slot);
    }
    if (before.forcedDown !== service.forcedDown || before.disabled !== service.disabled) {
      connections.flagsChanged(slot);
    }
  }

  /** Owners come first: counting and logging wait until the sockets have the news. */
  async function count(rows: Committed['rows']): Promise<void> {
    await timers.nextTurn();
    for (const row of rows) {
      if (row.stream !== 'hosts') continue;
      for (const change of JSON.parse(row.items) as ServiceChange[]) events.hostTransition(change);
    }
  }

  return ({ rows, services, removedServices }) => {
    events.committed();
    for (const service of removedServices) remove(service);
    for (const service of services) put(service);
    if (rows.length > 0) chores.run('counting transitions', count(rows));
  };
}
