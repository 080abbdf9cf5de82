/**
 * Exchanges digests with the other nodes: sends which services reported to this node, asks, answers, and reads the
 * others' digests.
 */
import type { NodeLink } from '../ports/node-link.ts';
import type { Departed, SharedHearing } from '../ports/nodes.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Asks } from './asks.ts';
import { type Digest, type DigestKey, digestKey, read, written } from './digest.ts';
import type { Listening } from './listening.ts';
import type { Peers } from './peers.ts';
import { Sending } from './sending.ts';
import { type SettingDigests, SettingsWatch } from './settings.ts';

/** What a digest says of its sender's place in the group. */
export interface OwnPlace {
  /** The fence with which the sender leads. */
  readonly leads: number | undefined;
  /** The last commit that the sender has announced. */
  readonly tail: number;
  readonly trouble: string | undefined;
  readonly state: Digest['state'];
}

export interface ExchangeOptions {
  readonly link: Pick<NodeLink, 'id' | 'send'>;
  readonly signingKey: Uint8Array;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'debug'>;
  readonly peers: Peers;
  readonly listening: Listening;
  readonly asks: Asks;
  readonly place: () => OwnPlace;
  readonly settings?: () => SettingDigests;
  /** Called when the leader receives this node's digests. */
  readonly joined: () => void;
  /** Called when another node has said goodbye. */
  readonly left: (node: number) => void;
}

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #mac: DigestKey;
  readonly #sending: Sending;
  readonly #settings = new SettingsWatch();
  #hearing: SharedHearing | undefined;
  #n = 0;
  #ask: number | undefined;
  #answers: [number, number][] = [];
  #isClosed = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#mac = digestKey(options.signingKey);
    this.#sending = new Sending(() => this.#send());
  }

  /** Nothing is sent before this call. */
  start(hearing: SharedHearing): void {
    this.#hearing = hearing;
    hearing.onDeparted(() => this.request());
  }

  /** Sends a digest, after the one in progress. */
  request(): void {
    this.#sending.request();
  }

  /** Resolves when a digest with the present state was sent, or sending failed. */
  now(): Promise<void> {
    return this.#sending.now();
  }

  /** Asks all other nodes a question. */
  ask(question: number): void {
    this.#ask = question;
    this.request();
  }

  close(): void {
    this.#isClosed = true;
    this.#sending.close();
  }

  /** A message has arrived, from another node or this one's own. */
  received(message: string): void {
    const { link, peers, listening, asks, settings, joined, left, logger } = this.#options;
    const digest = read(message, this.#mac);
    if (digest === undefined || this.#isClosed) return;
    if (digest.from === link.id) {
      listening.echoed(peers.now);
      if (digest.ask !== undefined) asks.answered(link.id, digest.ask);
      return;
    }
    if (!peers.heard(digest)) return;
    this.#settings.compare(digest, settings?.(), logger);
    this.#hearing?.heardBy(digest.from, digest.heard, digest.departed);
    if (digest.state === 'left') left(digest.from);
    if (digest.leads !== undefined && digest.peers.includes(link.id)) joined();
    for (const [asker, question] of digest.answers) {
      if (asker === link.id) asks.answered(digest.from, question);
    }
    if (digest.ask !== undefined) void this.#answer(digest.from, digest.ask);
  }

  async #answer(asker: number, question: number): Promise<void> {
    if ((await this.#hearing?.readAll()) !== true || this.#isClosed) return;
    this.#answers.push([asker, question]);
    this.request();
  }

  async #send(): Promise<void> {
    const { link, peers, place, settings, logger } = this.#options;
    const hearing = this.#hearing;
    if (hearing === undefined) return;
    const heard = hearing.takeHeard();
    const departed: Departed[] = hearing.takeDeparted();
    const answers = this.#answers.splice(0);
    const ask = this.#ask;
    this.#ask = undefined;
    const { leads, tail, trouble, state } = place();
    const messages = written(
      {
        from: link.id,
        heard,
        departed,
        answers,
        peers: peers.live().map(({ id }) => id),
        tail,
        ...(settings === undefined ? {} : { settings: settings() }),
        ...(leads === undefined ? {} : { leads }),
        ...(trouble === undefined ? {} : { trouble }),
        ...(ask === undefined ? {} : { ask }),
        ...(state === undefined ? {} : { state }),
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
}
