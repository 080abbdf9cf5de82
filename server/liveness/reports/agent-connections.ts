/**
 * Treats agents' connections as evidence. A connection speaks for the services reported over it; when it breaks, they
 * have the reconnect window to report again, by any route, before they count as silent.
 */
import type { Evidence } from '../../../client-sdk/protocol/items.ts';
import type { Duration, Monotonic } from '../../domain/clock.ts';
import type { Service } from '../../domain/service.ts';
import type { Identity } from '../../identity/identity.ts';
import type { ObserverClock } from '../observer/observer-clock.ts';
import type { ServiceRegistry } from '../services/registry.ts';
import type { Departures } from '../sweep/departures.ts';
import { type SilenceCause, type Suspicion, suspicionOf } from '../sweep/suspect.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { ReportAnswer, ServiceAnswer } from './report-answer.ts';

export interface AgentConnection {
  /** Like `Liveness.accept`; from now on the connection also speaks for these services. */
  report(reports: readonly unknown[]): Promise<ReportAnswer>;
  /** The agent leaves on purpose: its services are silent now, or after `wait` unless it comes back. */
  goodbye(wait: Duration): void;
  /** The agent sent a frame or answered a ping. */
  heard(): void;
  /** The agent did not answer a ping; false: it answered after all. */
  unanswered(is: boolean): void;
  /** The connection is lost. */
  lost(evidence: Evidence): void;
}

export interface AgentConnectionsContext {
  readonly registry: ServiceRegistry;
  readonly departures: Departures;
  readonly observer: ObserverClock;
  readonly heartbeats: Heartbeats;
  readonly reconnectWindow: Duration;
  /** A connection that was quiet for this long is no sign that another agent speaks for its services. */
  readonly quietLink: Duration;
  /** Present where several nodes share the database. */
  readonly elsewhere?: {
    /** When another node last heard this slot. */
    heardAt(slot: number): Monotonic;
    /** Makes the other nodes wait for these services too. */
    departed(suspicions: readonly Suspicion[], wait: Duration): void;
    /** True while this node sends its agents away: their departure says nothing about their hosts. */
    isLeaving(): boolean;
  };
}

export class AgentConnections {
  readonly #context: AgentConnectionsContext;
  readonly #carriers = new Map<number, Set<OpenAgentConnection>>();
  /** When a service with a connection was last reported by an ordinary request: another agent speaks for it too. */
  readonly #posted = new Map<number, Monotonic>();
  #open = 0;

  constructor(context: AgentConnectionsContext) {
    this.#context = context;
  }

  /** Number of open connections. */
  get open(): number {
    return this.#open;
  }

  /** @param tell called when a flag of one of the agent's services changes */
  connect(identity: Identity, tell: (service: ServiceAnswer) => void, from?: string): AgentConnection {
    this.#open++;
    return new OpenAgentConnection(
      this.#context,
      { carriers: this.#carriers, posted: this.#posted },
      { identity, from },
      tell,
      () => this.#open--,
    );
  }

  /**
   * A report came by an ordinary request. It is recorded only for a service that also has a connection, because it
   * matters for no other.
   */
  posted(slot: number): void {
    if (this.#carriers.size > 0 && this.#carriers.has(slot))
      this.#posted.set(slot, this.#context.observer.now());
  }

  /** Does an agent report for this slot to this node, over a connection or by ordinary requests? */
  isReported(slot: number): boolean {
    const { registry, observer } = this.#context;
    const service = registry.service(slot);
    const at = this.#posted.get(slot);
    if (this.#carriers.has(slot)) return true;
    return (
      at !== undefined &&
      service !== undefined &&
      observer.now() - at <= RECENT_INTERVALS * registry.reportInterval(service)
    );
  }

  isCarried(slot: number): boolean {
    return this.#carriers.has(slot);
  }

  /** Is every connection that speaks for the service open but not answering pings? */
  isUnanswered(slot: number): boolean {
    const carriers = this.#carriers.get(slot);
    return carriers !== undefined && [...carriers].every(({ isUnanswered }) => isUnanswered);
  }

  flagsChanged(slot: number): void {
    const service = this.#context.heartbeats.reported(slot);
    if (service === undefined) return;
    for (const connection of this.#carriers.get(slot) ?? []) connection.tell(service);
  }

  /** The slot's service was removed; another service will use the slot. */
  forget(slot: number): void {
    for (const connection of this.#carriers.get(slot) ?? []) connection.forget(slot);
    this.#carriers.delete(slot);
    this.#posted.delete(slot);
  }
}

/**
 * For this many report intervals after its last report, an agent that posts reports counts as another one that
 * speaks for the service.
 */
const RECENT_INTERVALS = 1.5;

/** By slot, the other reporters of a service. */
interface Reporters {
  readonly carriers: Map<number, Set<OpenAgentConnection>>;
  readonly posted: ReadonlyMap<number, Monotonic>;
}

interface Caller {
  readonly identity: Identity;
  readonly from: string | undefined;
}

class OpenAgentConnection implements AgentConnection {
  readonly tell: (service: ServiceAnswer) => void;
  readonly #context: AgentConnectionsContext;
  readonly #carriers: Reporters['carriers'];
  readonly #posted: Reporters['posted'];
  readonly #caller: Caller;
  readonly #onLost: () => void;
  readonly #slots = new Set<number>();
  #isOpen = true;
  #unanswered = false;
  #heardAt: Monotonic = Number.NEGATIVE_INFINITY;
  #evidence: Evidence = 'none';

  constructor(
    context: AgentConnectionsContext,
    { carriers, posted }: Reporters,
    caller: Caller,
    tell: (service: ServiceAnswer) => void,
    onLost: () => void,
  ) {
    this.#context = context;
    this.#carriers = carriers;
    this.#posted = posted;
    this.#caller = caller;
    this.tell = tell;
    this.#onLost = onLost;
  }

  report(reports: readonly unknown[]): Promise<ReportAnswer> {
    const { identity, from } = this.#caller;
    return this.#context.heartbeats.accept(reports, identity, this.#carry, from);
  }

  goodbye(wait: Duration): void {
    this.#depart('goodbye', wait, 'goodbye');
  }

  heard(): void {
    this.#heardAt = this.#context.observer.now();
  }

  /** Has the agent sent a frame or answered a ping since then? A link that broke unnoticed stays open, and silent. */
  wasHeardSince(then: Monotonic): boolean {
    return this.#heardAt >= then;
  }

  get isUnanswered(): boolean {
    return this.#unanswered;
  }

  unanswered(is: boolean): void {
    this.#unanswered = is;
  }

  lost(evidence: Evidence): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#evidence = evidence;
    this.#onLost();
    this.#depart('connection_lost', this.#context.reconnectWindow, evidence);
  }

  forget(slot: number): void {
    this.#slots.delete(slot);
  }

  readonly #carry = (slot: number): void => {
    if (this.#slots.has(slot)) return;
    this.#slots.add(slot);
    const carriers = this.#carriers.get(slot);
    if (carriers === undefined) this.#carriers.set(slot, new Set([this]));
    else carriers.add(this);
    // The connection broke while its service was still being committed.
    if (!this.#isOpen) this.#depart('connection_lost', this.#context.reconnectWindow, this.#evidence);
  };

  /** Takes no action for a service while another agent speaks for it: one of two agents left, not the host. */
  #depart(cause: SilenceCause, wait: Duration, evidence: Evidence): void {
    const { registry, departures, observer, elsewhere } = this.#context;
    const now = observer.now();
    const suspicions = [...this.#slots].flatMap((slot) => {
      const carriers = this.#carriers.get(slot);
      carriers?.delete(this);
      if (carriers?.size === 0) this.#carriers.delete(slot);
      const service = registry.service(slot);
      if (!service?.live || this.#hasOther(slot, service, now)) return [];
      return [suspicionOf(slot, service, registry, cause, evidence, now)];
    });
    this.#slots.clear();
    if (elsewhere?.isLeaving() === true) return;
    departures.open(suspicions, now, wait);
    elsewhere?.departed(suspicions, wait);
  }

  /**
   * Does another agent speak for the service: over another connection that is not quiet, or with a report to another
   * node or by an ordinary request within its last intervals? Then the deadline decides, as for any other service.
   */
  #hasOther(slot: number, service: Service, now: Monotonic): boolean {
    const { registry, elsewhere, quietLink } = this.#context;
    const since = now - RECENT_INTERVALS * registry.reportInterval(service);
    const never = Number.NEGATIVE_INFINITY;
    const at = Math.max(this.#posted.get(slot) ?? never, elsewhere?.heardAt(slot) ?? never);
    if (at >= since) return true;
    const heardSince = Math.min(since, now - quietLink);
    for (const other of this.#carriers.get(slot) ?? []) if (other.wasHeardSince(heardSince)) return true;
    return false;
  }
}
