/** Takes the lease, renews it by its beats, and hands it over: decides whether this node leads. */
import type { Clock, Duration, Monotonic } from '../domain/clock.ts';
import type { NodeLink } from '../ports/node-link.ts';
import type { Logger } from '../telemetry/logger.ts';
import { BEAT, Lead, LeaseWatch, LOOK } from './lease.ts';

export interface LeadershipOptions {
  readonly link: Pick<NodeLink, 'id' | 'beat' | 'lease' | 'take' | 'release'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Pick<Logger, 'info'>;
  /** Whether the node stays: it is neither leaving nor closed. */
  readonly isStaying: () => boolean;
  readonly hearsOthers: () => boolean;
  /**
   * Does this node know every node that it would have to wait for?
   * @param mayTake the record of the lease has stopped changing
   */
  readonly knowsAll: (mayTake: boolean) => Promise<boolean>;
  /** Called when this node has taken the lease. */
  readonly taken: () => void;
}

export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #lead = new Lead();
  readonly #watch = new LeaseWatch();
  readonly #listeners: ((leads: boolean) => void)[] = [];
  #beatAt: Monotonic = Number.NEGATIVE_INFINITY;
  #wasLeading = false;
  #term = 0;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** Calls back when this node starts or stops leading. */
  onLead(listener: (leads: boolean) => void): void {
    this.#listeners.push(listener);
  }

  /** The epoch that this node may lead by; undefined while it does not lead. */
  fence(): number | undefined {
    const { isStaying, hearsOthers, clock } = this.#options;
    return isStaying() && hearsOthers() ? this.#lead.fence(clock.monotonic()) : undefined;
  }

  /** The lease's epoch as this node last read it. */
  get term(): number {
    return this.#lead.held ?? this.#term;
  }

  /** Whether no node leads, as far as this node knows, and for how long the record of the lease has not changed. */
  vacantFor(): Duration {
    const now = this.#options.clock.monotonic();
    return this.#lead.fence(now) !== undefined ? 0 : this.#watch.unchangedFor(now);
  }

  /** Looks at the lease once: writes a beat if this node holds it, else tries to take it where that is allowed. */
  async tend(): Promise<void> {
    const { clock, link, isStaying, hearsOthers, knowsAll, taken } = this.#options;
    const { held } = this.#lead;
    if (!isStaying()) return;
    if (held !== undefined) {
      // A node that does not receive the others' digests must not keep them from leading.
      if (!hearsOthers()) return;
      const sent = clock.monotonic();
      if (sent - this.#beatAt < BEAT - LOOK / 2) return;
      if (await link.beat(held)) {
        this.#lead.beaten(sent);
        this.#beatAt = sent;
      } else this.#lead.lost();
      this.announce();
      return;
    }
    const asked = clock.monotonic();
    const record = await link.lease();
    this.#term = record.epoch;
    const mayTake = this.#watch.look(record, asked, clock.monotonic());
    if (!(await knowsAll(mayTake))) return;
    const sent = clock.monotonic();
    const epoch = await link.take(record);
    if (epoch === undefined) return;
    if (!isStaying()) return link.release(epoch);
    this.#lead.taken(epoch, sent);
    this.#beatAt = sent;
    this.announce();
    taken();
  }

  /** Hands the lease over. */
  async release(): Promise<void> {
    const { held } = this.#lead;
    this.#lead.lost();
    this.announce();
    if (held !== undefined) await this.#options.link.release(held).catch(() => undefined);
  }

  /** Calls the listeners if this node has started or stopped leading. */
  announce(): void {
    const leads = this.fence() !== undefined;
    if (leads === this.#wasLeading) return;
    this.#wasLeading = leads;
    const { link, logger } = this.#options;
    logger.info({ node: link.id }, leads ? 'this node leads' : 'this node follows');
    for (const listener of this.#listeners) listener(leads);
  }
}
