/** Limits the bytes of answers that clients do not read: per connection, per address and in total. */
import type { EdgeConnection } from './connection.ts';

/** All in bytes. */
export interface UnsentLimits {
  readonly perConnection: number;
  readonly perAddress: number;
  readonly total: number;
}

/** The limit for which an answer was cut; `stalled`: its reader took nothing for too long. */
export const CUTS = ['connection', 'address', 'total', 'stalled'] as const;
export type CutReason = (typeof CUTS)[number];

interface Account {
  bytes: number;
  readonly connections: Set<EdgeConnection>;
}

/**
 * A ledger by address. Over a limit, it cuts the connection that has made no progress for the longest time, of the
 * address with the most unsent bytes: never a client that reads, and no other client has to wait. It checks limits at
 * the end of a turn of the event loop, because only then has the kernel had its chance to take what the turn wrote.
 */
export class UnsentAnswers {
  readonly #limits: UnsentLimits;
  readonly #onCut: (cut: CutReason) => void;
  readonly #soon: (then: () => void) => void;
  readonly #accounts = new Map<string, Account>();
  #total = 0;
  #isJudging = false;

  constructor(
    limits: UnsentLimits,
    onCut: (cut: CutReason) => void,
    soon: (then: () => void) => void = (then) => void setImmediate(then),
  ) {
    this.#limits = limits;
    this.#onCut = onCut;
    this.#soon = soon;
  }

  get total(): number {
    return this.#total;
  }

  /** Number of addresses with unsent bytes. */
  get addresses(): number {
    return this.#accounts.size;
  }

  /** Sets the unsent bytes of this connection. */
  set(connection: EdgeConnection, bytes: number): void {
    if (bytes === connection.unsent) return;
    const account = this.#book(connection, bytes);
    const { perConnection, perAddress, total } = this.#limits;
    const isTooMuch = bytes > perConnection || account.bytes > perAddress || this.#total > total;
    if (!isTooMuch || this.#isJudging) return;
    this.#isJudging = true;
    this.#soon(() => this.#judge());
  }

  cut(connection: EdgeConnection, why: CutReason): void {
    this.#book(connection, 0);
    this.#onCut(why);
    connection.socket.destroy();
  }

  #book(connection: EdgeConnection, bytes: number): Account {
    const { account: address } = connection;
    let account = this.#accounts.get(address);
    if (account === undefined) {
      account = { bytes: 0, connections: new Set() };
      this.#accounts.set(address, account);
    }
    account.bytes += bytes - connection.unsent;
    this.#total += bytes - connection.unsent;
    connection.unsent = bytes;
    if (bytes > 0) account.connections.add(connection);
    else account.connections.delete(connection);
    if (account.connections.size === 0) this.#accounts.delete(address);
    return account;
  }

  #judge(): void {
    this.#isJudging = false;
    const { perConnection, perAddress, total } = this.#limits;
    for (const account of [...this.#accounts.values()]) {
      for (const connection of account.connections) {
        if (connection.unsent > perConnection) this.cut(connection, 'connection');
      }
      while (account.bytes > perAddress) this.cut(slowest(account), 'address');
    }
    while (this.#total > total) this.cut(slowest(this.#largest()), 'total');
  }

  #largest(): Account {
    let largest: Account | undefined;
    for (const account of this.#accounts.values()) {
      if (largest === undefined || account.bytes > largest.bytes) largest = account;
    }
    return largest as Account;
  }
}

function slowest({ connections }: Account): EdgeConnection {
  let slowest: EdgeConnection | undefined;
  for (const connection of connections) {
    if (slowest === undefined || connection.movedAt < slowest.movedAt) slowest = connection;
  }
  return slowest as EdgeConnection;
}
