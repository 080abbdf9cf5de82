/** What memory adds to the stored rows: about each service, and about how well this process observes. */
import type { HealthCode, ObserverState } from '../../client-sdk/protocol/downstream.ts';
import type { Duration, Instant } from '../domain/clock.ts';
import type { Service, ServiceKey } from '../domain/service.ts';
import type { Observer } from '../domain/silence/observer.ts';
import type { Damping } from './flapping/damping.ts';
import type { ObserverClock } from './observer/observer-clock.ts';
import type { AgentConnections } from './reports/agent-connections.ts';
import type { Deadlines } from './services/deadlines.ts';
import type { ServiceRegistry } from './services/registry.ts';

/** What this process knows of a service beyond its row. */
export interface ServiceKnowledge {
  /** Null: it has never reported. */
  readonly lastSeenUp: Instant | null;
  /** Time until it counts as silent unless it reports; null while it is silent. */
  readonly silentInMs: Duration | null;
  readonly reportIntervalMs: Duration;
  readonly serviceDownTimeMs: Duration;
  /** Does an open agent connection report for it? */
  readonly connected: boolean;
  /**
   * `grace`: recorded as live; this process has not heard it yet and has not waited long enough to doubt it.
   * `flap_hold`: it reports again, but it flapped; its recovery is committed later. `never_heard`: it was declared and
   * has never reported. Otherwise `observed`.
   */
  readonly confidence: 'observed' | 'grace' | 'flap_hold' | 'never_heard';
  /** While its recovery is held back: for how much longer at least, and how often it came and went in ten minutes. */
  readonly held?: { readonly forMs: Duration; readonly edges: number };
}

export interface LivenessStatusContext {
  readonly registry: ServiceRegistry;
  readonly deadlines: Deadlines;
  readonly damping: Damping;
  readonly connections: Pick<AgentConnections, 'isCarried'>;
  readonly observer: ObserverClock;
}

export class LivenessStatus implements Observer {
  readonly #context: LivenessStatusContext;

  constructor(context: LivenessStatusContext) {
    this.#context = context;
  }

  state(): ObserverState {
    return this.#context.observer.state();
  }

  reason(): string | undefined {
    return this.#context.observer.reason() ?? inGrace(this.#context.registry.inGrace);
  }

  code(): HealthCode | undefined {
    return this.#context.observer.code() ?? (this.#context.registry.inGrace === 0 ? undefined : 'starting');
  }

  observingSince(): Instant {
    return this.#context.observer.observingSince();
  }

  doubtAbout(key: ServiceKey): 'grace' | 'never_heard' | undefined {
    const { registry } = this.#context;
    const slot = registry.slotOf(key);
    if (slot === undefined || registry.service(slot)?.live !== true) return undefined;
    if (registry.isNeverHeard(slot)) return 'never_heard';
    return registry.isUnheard(slot) ? 'grace' : undefined;
  }

  lastSeenUp(key: ServiceKey): Instant | undefined {
    const { registry } = this.#context;
    const slot = registry.slotOf(key);
    return slot === undefined ? undefined : registry.lastReports.at(slot);
  }

  /** The last reports to this process, newest first; empty if there are none. */
  arrivals(key: ServiceKey): readonly Instant[] {
    const { registry } = this.#context;
    const slot = registry.slotOf(key);
    return slot === undefined ? [] : registry.lastReports.arrivals(slot);
  }

  knowledgeOf(key: ServiceKey): ServiceKnowledge | undefined {
    const { registry, deadlines, connections, observer } = this.#context;
    const slot = registry.slotOf(key);
    const service = slot === undefined ? undefined : registry.service(slot);
    if (slot === undefined || service === undefined) return undefined;
    return {
      lastSeenUp: registry.isNeverHeard(slot) ? null : registry.lastReports.at(slot),
      silentInMs: service.live ? Math.max(0, Math.ceil(deadlines.deadline(slot) - observer.now())) : null,
      reportIntervalMs: registry.reportInterval(service),
      serviceDownTimeMs: registry.downTime(service),
      connected: connections.isCarried(slot),
      confidence: this.#confidence(slot, service),
      ...this.#held(slot),
    };
  }

  #confidence(slot: number, { live }: Service): ServiceKnowledge['confidence'] {
    const { registry, damping } = this.#context;
    if (registry.isNeverHeard(slot)) return 'never_heard';
    if (live) return registry.isUnheard(slot) ? 'grace' : 'observed';
    return damping.held(slot) === undefined ? 'observed' : 'flap_hold';
  }

  #held(slot: number): Pick<ServiceKnowledge, 'held'> {
    const { damping, observer } = this.#context;
    const hold = damping.held(slot);
    if (hold === undefined) return {};
    return { held: { forMs: Math.max(0, Math.ceil(hold.until - observer.now())), edges: hold.edges } };
  }
}

function inGrace(services: number): string | undefined {
  if (services === 0) return undefined;
  return `hostbeat was started; ${services} services count as they were last recorded until they are heard or a full period is over`;
}
