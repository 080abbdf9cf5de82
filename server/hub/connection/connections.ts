import type { CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Numbering, StreamName } from '../../ports/log.ts';

/** The limit that a connection counts against: its project's, or its user's if the token has no project. */
export type LimitKey = `project:${string}` | `user:${string}`;

/** How far a client has acknowledged one subscription, and how far the hub has sent it; for operators. */
export interface SubscriptionProgress {
  readonly stream: StreamName;
  /** The rows that its numbers count. */
  readonly by: Numbering;
  readonly acked: number;
  readonly sent: number;
  /** Its first row is the one after this number. */
  readonly from: number;
  /** Does it have a filter? */
  readonly filtered: boolean;
}

/** What the hub needs of a connection. */
export interface HubConnection {
  readonly id: string;
  /** Undefined until the client has authenticated. */
  readonly identity: Identity | undefined;
  /** Number of its subscriptions. */
  readonly subscriptions: number;
  acknowledged(): readonly SubscriptionProgress[];
  drain(reconnectIn: [number, number]): void;
  close(close: CloseCode): void;
  terminate(): void;
  onPolicyChanged(): void;
  /** Tokens of this user, or of this project, may have lost their validity. */
  onRevoked(gone: { readonly userId?: string; readonly projectId?: string }): Promise<void>;
}

/** The open connections, counted against their limits as soon as these are known. */
export class Connections {
  readonly #all = new Set<HubConnection>();
  readonly #taken = new Map<LimitKey, number>();
  readonly #maxPerPlace: number;
  #whenEmpty: (() => void)[] = [];

  /** @param maxPerPlace limit per project, or per user for tokens without a project */
  constructor(maxPerPlace: number) {
    this.#maxPerPlace = maxPerPlace;
  }

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): IterableIterator<HubConnection> {
    return this.#all.values();
  }

  add(connection: HubConnection): void {
    this.#all.add(connection);
  }

  /** @param place the limit that the connection counted against, if any */
  remove(connection: HubConnection, place: LimitKey | undefined): void {
    if (!this.#all.delete(connection)) return;
    if (place !== undefined) {
      const left = (this.#taken.get(place) ?? 0) - 1;
      if (left > 0) this.#taken.set(place, left);
      else this.#taken.delete(place);
    }
    if (this.#all.size === 0) for (const then of this.#whenEmpty.splice(0)) then();
  }

  hasPlaceFor(place: LimitKey): boolean {
    return (this.#taken.get(place) ?? 0) < this.#maxPerPlace;
  }

  take(place: LimitKey): void {
    this.#taken.set(place, (this.#taken.get(place) ?? 0) + 1);
  }

  /** Resolves when the last connection has ended. */
  empty(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenEmpty.push(resolve);
    });
  }
}
