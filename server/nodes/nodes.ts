/** This node among the others: tells what it heard, hears what they heard, leads or follows, and asks before a silence. */
import type { Clock, Duration, Monotonic } from '../domain/clock.ts';
import type { NodeEntry, NodeLink } from '../ports/node-link.ts';
import type { Coordination, Departed, SharedHearing } from '../ports/nodes.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SetTimer } from '../timers.ts';
import { Asks } from './asks.ts';
import { type Digest, type DigestKey, digestKey, read, written } from './digest.ts';
import { BEAT, Lead, LeaseWatch, LOOK } from './lease.ts';
import { LOST_AFTER, Peers } from './peers.ts';
import type { NodesStatus } from './status.ts';

/** How often a digest is sent, also an empty one: it is the node's sign of life. */
export const DIGEST: Duration = 200;
/** A node that has begun to listen takes no lease before it has heard all others that are alive. */
const LISTENED: Duration = LOST_AFTER + 2 * DIGEST;
/** A record that nobody changes for this long is worth saying. */
const NO_LEADER: Duration = 3_000;

export interface NodesOptions {
  readonly link: NodeLink;
  readonly signingKey: Uint8Array;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly setTimer: SetTimer;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'debug'>;
  /** Number of the last commit that was announced here, and why others are not, in words. */
  readonly tail: () => { readonly commit: number; readonly trouble?: string | undefined };
}

export class Nodes implements Coordination {
  readonly #options: NodesOptions;
  readonly #mac: DigestKey;
  readonly #lead = new Lead();
  readonly #watch = new LeaseWatch();
  readonly #peers = new Peers();
  readonly #asks: Asks;
  #hearing: SharedHearing | undefined;
  #n = 0;
  #answers: [number, number][] = [];
  #ask: number | undefined;
  #state: Digest['state'];
  #sending: Promise<void> | undefined;
  #sendAgain = false;
  #lookedAt: Monotonic;
  /** On the clock of looks: when an own message last came back, and since when this node listens. */
  #echoAt: Duration = 0;
  #listeningSince: Duration | undefined;
  #beatAt: Monotonic = Number.NEGATIVE_INFINITY;
  #wasLeading = false;
  readonly #onLead: ((leads: boolean) => void)[] = [];
  #leading: Promise<void> | undefined;
  #isClosed = false;
  readonly #stops = new Set<() => void>();
  #joined: () => void = () => undefined;
  #mayBeAlone = true;

  constructor(options: NodesOptions) {
    this.#options = options;
    this.#mac = digestKey(options.signingKey);
    this.#lookedAt = options.clock.monotonic();
    this.#asks = new Asks({
      setTimer: options.setTimer,
      unanswered: (node) => {
        if (this.#peers.give(node)) this.#lost(node, 'left a question unanswered');
      },
    });
  }

  /**
   * Begins to speak and to listen.
   * @returns what resolves when this node counts: its digests come back, and the leader hears them, or there is none
   * beside this one. Before that no report may be taken: nobody would count it.
   */
  async start(hearing: SharedHearing): Promise<void> {
    const { link } = this.#options;
    this.#hearing = hearing;
    hearing.onDeparted(() => this.#send());
    const joined = new Promise<void>((resolve) => {
      this.#joined = resolve;
    });
    link.listen(
      (message) => this.#received(message),
      () => this.#begun(),
    );
    this.#every(DIGEST, () => this.#look());
    this.#every(LOOK, () => {
      this.#leading ??= this.#tendLease()
        .catch((error: unknown) =>
          this.#options.logger.debug({ err: error }, 'the lease cannot be looked at'),
        )
        .finally(() => {
          this.#leading = undefined;
        });
    });
    await joined;
  }

  /** Calls back when this node begins or ends to lead. */
  onLead(listener: (leads: boolean) => void): void {
    this.#onLead.push(listener);
  }

  lead(): number | undefined {
    if (this.#state !== undefined || this.cannotHear() !== undefined) return undefined;
    return this.#lead.fence(this.#options.clock.monotonic());
  }

  async ask(): Promise<boolean> {
    if (this.#isClosed || this.cannotHear() !== undefined) return false;
    const { link } = this.#options;
    const { question, answered } = this.#asks.begin(
      link.id,
      this.#peers.live().map(({ id }) => id),
    );
    this.#ask = question;
    this.#send();
    return answered;
  }

  cannotHearOthers(): string | undefined {
    // In this order: it is asked for every report.
    const cut = this.cannotHear();
    return cut !== undefined && this.#peers.hasOthers ? cut : undefined;
  }

  cannotHear(): string | undefined {
    if (this.#listeningSince === undefined || this.#peers.now - this.#echoAt >= LOST_AFTER)
      return 'this node does not hear the others; what they hear is not known here';
    return undefined;
  }

  /** What keeps this node from its work, in words. */
  trouble(): string | undefined {
    const { clock, tail } = this.#options;
    const cut = this.cannotHear();
    if (cut !== undefined) return cut;
    const behind = tail().trouble;
    if (behind !== undefined) return behind;
    const isLed = this.#lead.fence(clock.monotonic()) !== undefined;
    if (!isLed && this.#watch.unchangedFor(clock.monotonic()) > NO_LEADER)
      return 'no node leads: silences are found as soon as one does';
    return undefined;
  }

  status(): NodesStatus {
    const { link, tail } = this.#options;
    const trouble = this.trouble();
    const self = {
      id: link.id,
      leads: this.lead() !== undefined,
      tail: tail().commit,
      state: this.#state ?? ('live' as const),
      ...(trouble === undefined ? {} : { trouble }),
      heardMsAgo: 0,
    };
    const others = this.#peers.live().map(({ id, last, heardAt }) => ({
      id,
      leads: last.leads !== undefined,
      tail: last.tail,
      state: last.state ?? ('live' as const),
      ...(last.trouble === undefined ? {} : { trouble: last.trouble }),
      heardMsAgo: Math.round(this.#peers.now - heardAt),
    }));
    return { self, nodes: [self, ...others].sort((a, b) => a.id - b.id) };
  }

  /** How they registered; empty where that cannot be read now. */
  async entries(): Promise<readonly NodeEntry[]> {
    const ids = this.status().nodes.map(({ id }) => id);
    return this.#options.link.nodes(ids).catch(() => []);
  }

  /** Hands the lease over; what is still reported here goes on to the others. */
  async leave(): Promise<void> {
    if (this.#state !== undefined) return;
    this.#state = 'leaving';
    this.#hearing?.leaving();
    await this.#release();
    await this.#sendNow();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.leave();
    this.#state = 'left';
    await this.#sendNow();
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    this.#asks.close();
    this.#joined();
    await this.#leading;
    await this.#options.link.close();
  }

  /** What others sent before now may have been missed: those who reported to them gets time to be heard again. */
  #begun(): void {
    this.#listeningSince = this.#peers.now;
    this.#echoAt = this.#peers.now;
    if (this.#peers.hasOthers) this.#hearing?.missed();
    this.#send();
  }

  #look(): void {
    const { clock, link, logger } = this.#options;
    const now = clock.monotonic();
    this.#peers.look(now - this.#lookedAt);
    this.#lookedAt = now;
    for (const node of this.#peers.silent()) this.#lost(node, 'was silent');
    if (this.#listeningSince !== undefined && this.#peers.now - this.#echoAt >= LOST_AFTER) {
      logger.warn('nothing that this node sends comes back: it listens again');
      this.#listeningSince = undefined;
      link.listenAgain();
    }
    this.#send();
    this.#sayWhetherLeading();
  }

  #sayWhetherLeading(): void {
    const leads = this.lead() !== undefined;
    if (leads === this.#wasLeading) return;
    this.#wasLeading = leads;
    this.#options.logger.info(
      { node: this.#options.link.id },
      leads ? 'this node leads' : 'this node follows',
    );
    for (const listener of this.#onLead) listener(leads);
  }

  #lost(node: number, why: string): void {
    this.#options.logger.warn({ node }, `a node is lost: it ${why}`);
    this.#hearing?.lost(node);
    this.#asks.gone(node);
  }

  /** Sends what there is. While something is under way it goes with the next message. */
  #send(): void {
    if (this.#isClosed) return;
    if (this.#sending !== undefined) {
      this.#sendAgain = true;
      return;
    }
    this.#sending = this.#sendOnce().finally(() => {
      this.#sending = undefined;
      if (!this.#sendAgain) return;
      this.#sendAgain = false;
      this.#send();
    });
  }

  async #sendNow(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
    this.#send();
    await this.#sending;
  }

  async #sendOnce(): Promise<void> {
    const { link, logger, tail } = this.#options;
    const hearing = this.#hearing;
    if (hearing === undefined) return;
    const heard = hearing.takeHeard();
    const departed: Departed[] = hearing.takeDeparted();
    const answers = this.#answers.splice(0);
    const ask = this.#ask;
    this.#ask = undefined;
    const leads = this.lead();
    const trouble = this.trouble();
    const messages = written(
      {
        from: link.id,
        heard,
        departed,
        answers,
        peers: this.#peers.live().map(({ id }) => id),
        tail: tail().commit,
        ...(leads === undefined ? {} : { leads }),
        ...(trouble === undefined ? {} : { trouble }),
        ...(ask === undefined ? {} : { ask }),
        ...(this.#state === undefined ? {} : { state: this.#state }),
      },
      () => ++this.#n,
      this.#mac,
    );
    try {
      await link.send(messages);
    } catch (error) {
      logger.debug({ err: error }, 'a digest could not be sent; the next one has what it had');
      hearing.giveBack(heard, departed);
      this.#answers.unshift(...answers);
    }
  }

  #received(message: string): void {
    const { link } = this.#options;
    const digest = read(message, this.#mac);
    if (digest === undefined || this.#isClosed) return;
    if (digest.from === link.id) {
      this.#echoAt = this.#peers.now;
      if (digest.ask !== undefined) this.#asks.answered(link.id, digest.ask);
      return;
    }
    if (!this.#peers.heard(digest)) return;
    this.#hearing?.heardBy(digest.from, digest.heard, digest.departed);
    if (digest.state === 'left') this.#lost(digest.from, 'left');
    if (digest.leads !== undefined && digest.peers.includes(link.id)) this.#joined();
    for (const [asker, question] of digest.answers) {
      if (asker === link.id) this.#asks.answered(digest.from, question);
    }
    if (digest.ask !== undefined) void this.#answer(digest.from, digest.ask);
  }

  async #answer(asker: number, question: number): Promise<void> {
    if ((await this.#hearing?.readAll()) !== true || this.#isClosed) return;
    this.#answers.push([asker, question]);
    this.#send();
  }

  async #tendLease(): Promise<void> {
    const { clock, link } = this.#options;
    const { held } = this.#lead;
    if (this.#state !== undefined || this.#isClosed) return;
    if (held !== undefined) {
      // Who does not hear the others must not keep them from leading.
      if (this.cannotHear() !== undefined) return;
      const sent = clock.monotonic();
      if (sent - this.#beatAt < BEAT - LOOK / 2) return;
      if (await link.beat(held)) {
        this.#lead.beaten(sent);
        this.#beatAt = sent;
      } else this.#lead.lost();
      this.#sayWhetherLeading();
      return;
    }
    const asked = clock.monotonic();
    const record = await link.lease();
    const mayTake = this.#watch.look(record, asked, clock.monotonic());
    if (!(mayTake && this.#hasListened()) && !(await this.#isAloneAtStart())) return;
    const sent = clock.monotonic();
    const epoch = await link.take(record);
    if (epoch === undefined) return;
    if (this.#state !== undefined) return link.release(epoch);
    this.#mayBeAlone = false;
    this.#lead.taken(epoch, sent);
    this.#beatAt = sent;
    this.#sayWhetherLeading();
    this.#joined();
    this.#send();
  }

  /** Has it listened for so long that it knows every node whose reports it would have to wait for? */
  #hasListened(): boolean {
    if (this.#listeningSince === undefined || this.cannotHear() !== undefined) return false;
    return this.#peers.now - this.#listeningSince >= LISTENED;
  }

  /** With nobody else connected there is nobody to wait for. Every service has its full period after a start anyway. */
  async #isAloneAtStart(): Promise<boolean> {
    if (!this.#mayBeAlone || this.#listeningSince === undefined) return false;
    this.#mayBeAlone = this.#peers.live().length === 0 && (await this.#options.link.isOnly());
    return this.#mayBeAlone;
  }

  async #release(): Promise<void> {
    const { held } = this.#lead;
    this.#lead.lost();
    this.#sayWhetherLeading();
    if (held !== undefined) await this.#options.link.release(held).catch(() => undefined);
  }

  #every(period: Duration, act: () => void): void {
    let cancel = () => {};
    const again = () => {
      cancel = this.#options.setTimer(() => {
        if (this.#isClosed) return;
        act();
        again();
      }, period);
    };
    this.#stops.add(() => cancel());
    again();
  }
}
