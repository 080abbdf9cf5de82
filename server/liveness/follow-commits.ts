/** Keeps the services in memory in step with every commit, from any part or process. */
import type { ServiceChange } from '../../client-sdk/protocol/items.ts';
import type { Clock } from '../domain/clock.ts';
import type { Service } from '../domain/service.ts';
import type { Committed } from '../ports/committed.ts';
import type { Events } from '../telemetry/events.ts';
import type { Timers } from '../timers.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import type { Damping } from './flapping/damping.ts';
import type { ObserverClock } from './observer/observer-clock.ts';
import type { AgentConnections } from './reports/agent-connections.ts';
import type { Deadlines } from './services/deadlines.ts';
import type { ServiceRegistry } from './services/registry.ts';

export interface FollowContext {
  readonly registry: ServiceRegistry;
  readonly deadlines: Deadlines;
  readonly damping: Damping;
  readonly connections: Pick<AgentConnections, 'forget' | 'flagsChanged'>;
  readonly observer: Pick<ObserverClock, 'now'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly timers: Pick<Timers, 'nextTurn'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
  readonly events: Events;
  /** A service fell silent by a commit of another node. */
  readonly silencedElsewhere?: (slot: number, service: Service) => void;
  /** A host was added whose name differs from another's only in case or domain part. */
  readonly alike: (host: string, other: string) => void;
}

/** @returns the function that the store calls after each commit */
export function followCommits(context: FollowContext): (committed: Committed) => void {
  const { registry, deadlines, damping, connections, observer, clock, timers, background, events, alike } =
    context;
  const { silencedElsewhere } = context;

  function remove(service: Service): void {
    const slot = registry.slotOf(service);
    if (slot === undefined || registry.service(slot)?.id !== service.id) return;
    connections.forget(slot);
    damping.forget(slot);
    registry.remove(slot);
  }

  function put(service: Service): void {
    const slot = registry.slotOf(service);
    const before = slot === undefined ? undefined : registry.service(slot);
    if (slot === undefined || before === undefined) {
      const added = registry.add(service, observer.now(), service.lastSeenUp ?? clock.now(), false);
      if (service.live) deadlines.arm(added);
      const other = registry.alike(service.host);
      if (other !== undefined) alike(service.host, other);
      return;
    }
    registry.replace(slot, service);
    if (before.live !== service.live) damping.edge(slot, service.live, observer.now());
    if (before.live && !service.live) silencedElsewhere?.(slot, service);
    if (!service.live) deadlines.disarm(slot);
    else if (!before.live) {
      deadlines.heard(slot, observer.now());
      deadlines.arm(slot);
    }
    if (before.forcedDown !== service.forcedDown || before.disabled !== service.disabled) {
      connections.flagsChanged(slot);
    }
  }

  /** Owners come first: counting and logging wait until the news is in the sockets. */
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
    if (rows.length > 0) background.run('counting transitions', count(rows));
  };
}
