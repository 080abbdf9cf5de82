/**
 * This node among the others: sends which services it received reports from, receives the same from the others, leads
 * or follows, and asks the others before it commits a silence.
 */
import type { Clock, Duration, Monotonic } from '../domain/clock.ts';
import type { NodeEntry, NodeLink } from '../ports/node-link.ts';
import type { Coordination, SharedHearing } from '../ports/nodes.ts';
import type { Logger } from '../telemetry/logger.ts';
import { every, type SetTimer } from '../timers.ts';
import { Asks } from './asks.ts';
import { NodeCounts } from './counts.ts';
import type { Digest } from './digest.ts';
import { Exchange, type OwnPlace } from './exchange.ts';
import { Leadership } from './leadership.ts';
import { LOOK } from './lease.ts';
import { Listening } from './listening.ts';
import { LOST_AFTER, Peers } from './peers.ts';
import type { SettingDigests } from './settings.ts';
import { type NodesStatus, nodeStatus } from './status.ts';
import { TailLag } from './tail-lag.ts';

/** How often a digest is sent, even an empty one: it is the node's sign of life. */
export const DIGEST: Duration = 200;
/** A node that has started to listen takes no lease before it has received a digest from every live node. */
const LISTENED: Duration = LOST_AFTER + 2 * DIGEST;
/** A lease record that has not changed for this long is reported as trouble. */
const NO_LEADER: Duration = 3_000;

export interface NodesOptions {
  readonly link: NodeLink;
  readonly signingKey: Uint8Array;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly setTimer: SetTimer;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'debug'>;
  /** Number of the last commit announced here, and why later ones are not, in words. */
  readonly tail: () => { readonly commit: number; readonly trouble?: string | undefined };
  readonly settings?: () => SettingDigests;
}

export class Nodes implements Coordination {
  readonly #options: NodesOptions;
  readonly #leadership: Leadership;
  readonly #listening = new Listening();
  readonly #exchange: Exchange;
  readonly #peers = new Peers();
  readonly #asks: Asks;
  #hearing: SharedHearing | undefined;
  #state: Digest['state'];
  #lookedAt: Monotonic;
  #tending: Promise<void> | undefined;
  #isClosed = false;
  readonly #stops = new Set<() => void>();
  #joined: () => void = () => undefined;
  #mayBeAlone = true;
  readonly lag = new TailLag();
  readonly counts = new NodeCounts();

  constructor(options: NodesOptions) {
    this.#options = options;
    this.#lookedAt = options.clock.monotonic();
    this.#leadership = new Leadership({
      ...options,
      isStaying: () => this.#state === undefined && !this.#isClosed,
      hearsOthers: () => this.cannotHear() === undefined,
      knowsAll: (mayTake) => this.#knowsAll(mayTake),
      taken: () => {
        this.counts.takeOvers += 1;
        this.#mayBeAlone = false;
        this.#joined();
        this.#exchange.request();
      },
    });
    this.#asks = new Asks({
      setTimer: options.setTimer,
      unanswered: (node) => {
        if (this.#peers.give(node)) this.#lost(node, 'left a question unanswered');
      },
    });
    this.#exchange = new Exchange({
      ...options,
      peers: this.#peers,
      listening: this.#listening,
      asks: this.#asks,
      place: () => this.#place(),
      joined: () => this.#joined(),
      left: (node) => this.#lost(node, 'left'),
    });
  }

  /**
   * Starts to send and to listen.
   * @returns a promise that resolves when this node counts: its digests come back, and the leader receives them, or no
   * other node is there. Before that it must not accept a report, because no node would count it.
   */
  async start(hearing: SharedHearing): Promise<void> {
    const { link } = this.#options;
    this.#hearing = hearing;
    this.#exchange.start(hearing);
    const joined = new Promise<void>((resolve) => {
      this.#joined = resolve;
    });
    link.listen(
      (message) => this.#exchange.received(message),
      () => this.#begun(),
    );
    this.#stops.add(every(this.#options, DIGEST, () => this.#look()));
    this.#stops.add(every(this.#options, LOOK, () => this.#tend()));
    await joined;
  }

  /** Calls back when this node starts or stops leading. */
  onLead(listener: (leads: boolean) => void): void {
    this.#leadership.onLead(listener);
  }

  /** The lease's epoch as this node last read it; each new leader adds one. */
  get term(): number {
    return this.#leadership.term;
  }

  lead(): number | undefined {
    return this.#leadership.fence();
  }

  async ask(): Promise<boolean> {
    if (this.#isClosed || this.cannotHear() !== undefined) return false;
    const { link, clock } = this.#options;
    const { question, answered } = this.#asks.begin(
      link.id,
      this.#peers.live().map(({ id }) => id),
    );
    this.#exchange.ask(question);
    return this.counts.timed(answered, clock);
  }

  cannotHearOthers(): string | undefined {
    // The cheaper test first, because every report calls this.
    const cut = this.cannotHear();
    return cut !== undefined && this.#peers.hasOthers ? cut : undefined;
  }

  cannotHear(): string | undefined {
    return this.#listening.for(this.#peers.now) === undefined
      ? 'this node does not hear the others; what they hear is not known here'
      : undefined;
  }

  /** What keeps this node from its work, in words. */
  trouble(): string | undefined {
    return this.cannotHear() ?? this.behind();
  }

  /** Why what this node shows may be out of date, in words. */
  behind(): string | undefined {
    const late = this.#options.tail().trouble ?? this.lag.trouble;
    if (late !== undefined) return late;
    return this.#leadership.vacantFor() > NO_LEADER
      ? 'no node leads: silences are found as soon as one does'
      : undefined;
  }

  status(): NodesStatus {
    const { leads, ...place } = this.#place();
    const { link, settings } = this.#options;
    return nodeStatus(
      { ...place, id: link.id, leads: leads !== undefined, settings: settings?.() },
      this.#peers,
    );
  }

  #place(): OwnPlace {
    const { tail } = this.#options;
    return { leads: this.lead(), tail: tail().commit, trouble: this.trouble(), state: this.#state };
  }

  /** How the nodes registered; empty where that cannot be read now. */
  async entries(): Promise<readonly NodeEntry[]> {
    return this.#options.link.nodes(this.status().nodes.map(({ id }) => id)).catch(() => []);
  }

  /** Hands the lease over; reports that still arrive here are passed on to the others. */
  async leave(): Promise<void> {
    if (this.#state !== undefined) return;
    this.#state = 'leaving';
    this.#hearing?.leaving();
    await this.#leadership.release();
    await this.#exchange.now();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.leave();
    this.#state = 'left';
    await this.#exchange.now();
    this.#isClosed = true;
    this.#exchange.close();
    for (const stop of this.#stops) stop();
    this.#asks.close();
    this.#joined();
    await this.#tending;
    await this.#options.link.close();
  }

  /** Messages sent before now may have been missed: services that reported to other nodes get time to report again. */
  #begun(): void {
    this.#listening.begun(this.#peers.now);
    if (this.#peers.hasOthers) this.#hearing?.missed();
    this.#exchange.request();
  }

  #look(): void {
    const { clock, link, logger, tail } = this.#options;
    const now = clock.monotonic();
    this.#peers.look(now - this.#lookedAt);
    this.#lookedAt = now;
    for (const node of this.#peers.silent()) this.#lost(node, 'was silent');
    this.lag.look(
      tail().commit,
      this.#peers.live().map(({ last }) => last.tail),
      this.#peers.now,
    );
    if (this.#listening.isCut(this.#peers.now)) {
      logger.warn('nothing that this node sends comes back: it listens again');
      this.#listening.ended();
      this.counts.listensAgain += 1;
      link.listenAgain();
    }
    this.#exchange.request();
    this.#leadership.announce();
  }

  #lost(node: number, why: string): void {
    this.#options.logger.warn({ node }, `a node is lost: it ${why}`);
    if (why !== 'left') this.counts.lost += 1;
    this.counts.held += this.#hearing?.lost(node) ?? 0;
    // One that is only silent may have heard what this node does not know: the question is asked again without it.
    if (why === 'left') this.#asks.gone(node);
  }

  /** Looks at the lease, unless the last look is still running. */
  #tend(): void {
    this.#tending ??= this.#leadership
      .tend()
      .catch((error: unknown) => this.#options.logger.debug({ err: error }, 'the lease cannot be looked at'))
      .finally(() => {
        this.#tending = undefined;
      });
  }

  /**
   * Does this node know every node whose reports it would have to wait for? After a start with no other node connected
   * there is no other node to wait for; every service has its full period after a start anyway.
   */
  async #knowsAll(mayTake: boolean): Promise<boolean> {
    if (mayTake && (this.#listening.for(this.#peers.now) ?? 0) >= LISTENED) return true;
    if (!this.#mayBeAlone || !this.#listening.hasBegun) return false;
    this.#mayBeAlone = this.#peers.live().length === 0 && (await this.#options.link.isOnly());
    return this.#mayBeAlone;
  }
}
