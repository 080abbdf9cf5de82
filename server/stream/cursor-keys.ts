/**
 * The keys of cursors. The newest key seals. An earlier key opens cursors until the time that the next rotation set, so
 * that clients that are connected, or return by then, resume as if nothing had happened.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Clock, Duration, Instant } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { CursorKey, CursorKeyStore } from '../ports/cursor-key-store.ts';

/** One key, ready for use. */
export interface OpeningKey {
  /** 0 is the database's own key, which sealed before the first rotation. */
  readonly id: number;
  readonly key: Uint8Array;
  readonly createdAt: Instant | null;
  /** From then on its cursors are refused; Infinity for the newest key. */
  readonly until: Instant;
}

/** Keys whose cursors are accepted at the same time: each costs one attempt for every forged cursor. */
export const MOST_ACCEPTED = 8;
/** This many keys whose time is over are remembered, so that their cursors are answered `expired` and not `invalid`. */
const REMEMBERED = 4;

export interface CursorKeysOptions {
  readonly signingKey: Uint8Array;
  readonly store: CursorKeyStore;
  readonly clock: Pick<Clock, 'now'>;
  /** Other nodes may rotate: a cursor that no key opens may need a key that this node has not read yet. */
  readonly isShared: boolean;
}

/** Seals and opens cursors. */
export type KeyRing = Pick<CursorKeys, 'sealing' | 'generation' | 'all' | 'now' | 'refresh'>;

export class CursorKeys {
  readonly #options: CursorKeysOptions;
  /** Newest first. */
  #keys: readonly OpeningKey[];
  #generation = 0;
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(options: CursorKeysOptions) {
    this.#options = options;
    this.#keys = openingKeys(options.signingKey, []);
  }

  get sealing(): Uint8Array {
    return (this.#keys[0] as OpeningKey).key;
  }

  /** Changes with the sealing key: cursors sealed before must be sealed again. */
  get generation(): number {
    return this.#generation;
  }

  /** Newest first, with some whose time is over. */
  get all(): readonly OpeningKey[] {
    return this.#keys;
  }

  now(): Instant {
    return this.#options.clock.now();
  }

  /**
   * Takes up the keys of the database as they are now or later. Reads never overlap: the answer to an earlier one would put back
   * keys that a later one has replaced. All callers that wait share one read.
   */
  load(): Promise<void> {
    if (this.#reading === undefined) {
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.load();
      });
    return this.#next;
  }

  /** Call it after a cursor that no key opens. @returns whether there may be another key now */
  async refresh(): Promise<boolean> {
    if (!this.#options.isShared) return false;
    const before = this.#generation;
    await this.load();
    return this.#generation !== before;
  }

  /** @throws DomainError `conflict` where too many earlier keys would be accepted at once */
  async rotate(acceptFor: Duration): Promise<OpeningKey> {
    const { store, signingKey } = this.#options;
    const now = this.now();
    await store.rotateCursorKey((rows) => {
      const present = openingKeys(signingKey, rows);
      const until = now + acceptFor;
      const accepted = present.filter((key) => Math.min(key.until, until) > now);
      if (accepted.length >= MOST_ACCEPTED)
        throw new DomainError(
          'conflict',
          `Cursors of ${accepted.length} keys are accepted already, which is the limit; the first of them ends at ${soonest(accepted)}. Wait until then, or accept earlier cursors for a shorter time`,
        );
      const gone = present.filter(({ id, until }) => id > 0 && until <= now).slice(REMEMBERED);
      return {
        add: { key: randomBytes(32), createdAt: now, earlierUntil: until },
        forget: gone.map(({ id }) => id),
      };
    });
    await this.load();
    return this.#keys[0] as OpeningKey;
  }

  async #read(): Promise<void> {
    const { signingKey, store } = this.#options;
    const keys = openingKeys(signingKey, await store.cursorKeys());
    if (keys[0]?.id !== this.#keys[0]?.id) this.#generation += 1;
    this.#keys = keys;
  }
}

function soonest(keys: readonly OpeningKey[]): string {
  const ends = keys.map(({ until }) => until).filter(Number.isFinite);
  return ends.length === 0 ? 'no time' : new Date(Math.min(...ends)).toISOString();
}

/** The keys that may open a cursor, newest first. `rows` are oldest first. Pure. */
export function openingKeys(signingKey: Uint8Array, rows: readonly CursorKey[]): readonly OpeningKey[] {
  let until = Number.POSITIVE_INFINITY;
  const keys: OpeningKey[] = [];
  for (const { id, key, createdAt, earlierUntil } of rows.toReversed()) {
    keys.push({ id, key: cursorKeyOf(key), createdAt, until });
    // A later rotation may shorten the time of an earlier key, but not extend it.
    until = Math.min(until, earlierUntil);
  }
  // Rows are forgotten oldest first, and only when their time is over: then the time of the first key is over too.
  if (rows.length === 0 || rows[0]?.id === 1)
    keys.push({ id: 0, key: cursorKeyOf(signingKey), createdAt: null, until });
  return keys;
}

/** Derives a key for this one purpose. */
export function cursorKeyOf(secret: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update('hostbeat cursor 2').digest();
}

/** Only the database's own key: for as long as nobody rotates. */
export function unrotatedKey(signingKey: Uint8Array): KeyRing {
  const all = openingKeys(signingKey, []);
  const sealing = (all[0] as OpeningKey).key;
  return { sealing, generation: 0, all, now: () => 0, refresh: async () => false };
}
