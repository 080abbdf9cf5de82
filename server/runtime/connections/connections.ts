/** Counts network connections: how many are allowed, in total and per address, and which one is closed first. */
import type { Socket } from 'node:net';
import type { Duration, Monotonic } from '../../domain/clock.ts';
import { EdgeConnection } from './connection.ts';

/** Why a connection was refused: no file descriptor is free, or its address has reached its limit. */
export const TURNED_AWAY = ['descriptors', 'address'] as const;
export type RefusedConnection = (typeof TURNED_AWAY)[number];

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
}

export interface ConnectionsOptions {
  readonly limits: ConnectionLimits;
  readonly now: () => Monotonic;
  /** Connections of a proxy are counted for its clients, request by request. */
  readonly isProxy: (peer: string) => boolean;
  readonly onTurnedAway: (why: RefusedConnection) => void;
  /** An unused connection was closed to make way for a new one. */
  readonly onEvicted: () => void;
  readonly onClosed: (connection: EdgeConnection) => void;
}

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #all = new Set<EdgeConnection>();
  /** Connections that may be unused, oldest first. */
  readonly #unused = new Set<EdgeConnection>();
  readonly #ofAddress = new Map<string, number>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Accepts a new connection, or ends it. */
  accept(socket: Socket, peer: string): EdgeConnection | undefined {
    const { limits, now, isProxy } = this.#options;
    const isDirect = !isProxy(peer);
    if (isDirect && !this.hasPlaceFor(peer)) return this.#turnAway(socket, 'address');
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

  hasPlaceFor(address: string): boolean {
    return (this.#ofAddress.get(address) ?? 0) < this.#options.limits.perAddress;
  }

  /** Counts one more connection of this address. @returns a function that counts it out again */
  enter(address: string): () => void {
    this.#ofAddress.set(address, (this.#ofAddress.get(address) ?? 0) + 1);
    return () => {
      const left = (this.#ofAddress.get(address) ?? 0) - 1;
      if (left > 0) this.#ofAddress.set(address, left);
      else this.#ofAddress.delete(address);
    };
  }

  /** Connections whose writes have made no progress for this long. */
  stalled(patience: Duration): EdgeConnection[] {
    const now = this.#options.now();
    return [...this.#all].filter((connection) => now - connection.look(now) >= patience);
  }

  /** A pause of this process does not count as slowness of the peer. */
  excuse(): void {
    const now = this.#options.now();
    for (const connection of this.#all) {
      connection.look(now);
      connection.movedAt = now;
    }
  }

  /** Ends roughly the least recently used connection: one with a request since it was last skipped is skipped again. */
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
