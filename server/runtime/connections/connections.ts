/** Counts network connections: how many are allowed, in all and per address, and which one is closed first. */
import type { Socket } from 'node:net';
import type { Duration, Monotonic } from '../../domain/clock.ts';
import { EdgeConnection } from './connection.ts';

/** Why a connection was turned away: there is no descriptor for it, or its address has all it may have. */
export const TURNED_AWAY = ['descriptors', 'address'] as const;
export type RefusedConnection = (typeof TURNED_AWAY)[number];

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
}

export interface ConnectionsOptions {
  readonly limits: ConnectionLimits;
  readonly now: () => Monotonic;
  /** Connections of a proxy are counted by whom it speaks for, request by request. */
  readonly isProxy: (peer: string) => boolean;
  readonly onTurnedAway: (why: RefusedConnection) => void;
  /** One that was not in use had to go for a new one. */
  readonly onEvicted: () => void;
  readonly onClosed: (connection: EdgeConnection) => void;
}

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #all = new Set<EdgeConnection>();
  /** Those that may not be in use, the longest known first. */
  readonly #unused = new Set<EdgeConnection>();
  readonly #ofAddress = new Map<string, number>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Takes a new connection in, or ends it. */
  accept(socket: Socket, peer: string): EdgeConnection | undefined {
    const { limits, now, isProxy } = this.#options;
    const isDirect = !isProxy(peer);
    if (isDirect && !this.hasRoomFor(peer)) return this.#turnAway(socket, 'address');
    if (this.#all.size >= limits.total && !this.#evict()) return this.#turnAway(socket, 'descriptors');
    const connection = new EdgeConnection(socket, peer, now());
    this.#all.add(connection);
    this.#unused.add(connection);
    const leave = isDirect ? this.enter(peer) : () => undefined;
    socket.once('close', () => {
      this.#all.delete(connection);
      this.#unused.delete(connection);
      leave();
      this.#options.onClosed(connection);
    });
    return connection;
  }

  [Symbol.iterator](): Iterator<EdgeConnection> {
    return this.#all.values();
  }

  hasRoomFor(address: string): boolean {
    return (this.#ofAddress.get(address) ?? 0) < this.#options.limits.perAddress;
  }

  /** One more of this address. @returns how it leaves */
  enter(address: string): () => void {
    this.#ofAddress.set(address, (this.#ofAddress.get(address) ?? 0) + 1);
    return () => {
      const left = (this.#ofAddress.get(address) ?? 0) - 1;
      if (left > 0) this.#ofAddress.set(address, left);
      else this.#ofAddress.delete(address);
    };
  }

  /** Those whose writes have made no progress for so long. */
  stalled(patience: Duration): EdgeConnection[] {
    const now = this.#options.now();
    return [...this.#all].filter((connection) => now - connection.look(now) >= patience);
  }

  /** A pause of ours is nobody's slowness. */
  excuse(): void {
    const now = this.#options.now();
    for (const connection of this.#all) {
      connection.look(now);
      connection.movedAt = now;
    }
  }

  /**
   * Ends the connection that has not been used for the longest time, roughly: one that had a request since it was last
   * passed over has another chance.
   */
  #evict(): boolean {
    for (let tries = 2 * this.#unused.size; tries > 0; tries -= 1) {
      const [connection] = this.#unused;
      if (connection === undefined) return false;
      this.#unused.delete(connection);
      if (connection.isUpgraded) continue;
      if (!connection.isInUse && connection.requests === connection.seenRequests) {
        this.#all.delete(connection);
        connection.socket.destroy();
        this.#options.onEvicted();
        return true;
      }
      connection.seenRequests = connection.requests;
      this.#unused.add(connection);
    }
    return false;
  }

  #turnAway(socket: Socket, why: RefusedConnection): undefined {
    socket.on('error', () => undefined);
    socket.destroy();
    this.#options.onTurnedAway(why);
  }
}
