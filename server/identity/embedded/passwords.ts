/**
 * Hashes passwords and other secrets that people choose: scrypt, with its parameters in the hash so that they can be
 * raised.
 */
import { timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { DomainError } from '../../domain/errors.ts';
import { FairQueue } from '../../limits/fair-queue.ts';
import { LONGEST_SECRET } from '../credential-limits.ts';
import type { RandomBytes } from '../tokens/secrets.ts';
import { type DeriveKey, deriveKeyOf, keysAtOnce } from './derive-key.ts';

export interface ScryptCost {
  /** Binary logarithm of N: memory is 128 * r * 2^ln bytes. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about a quarter of a second (OWASP's password storage cheat sheet, second row). */
export const DEFAULT_COST: ScryptCost = { ln: 15, r: 8, p: 3 };

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const PROCESSORS = availableParallelism();
/** One at a time for each user, so that a busy user delays only itself. */
const LIMITS = {
  running: keysAtOnce(PROCESSORS),
  runningPerKey: 1,
  waiting: 512,
  waitingPerKey: 128,
  what: 'logins',
};
const systemDeriveKey = deriveKeyOf(PROCESSORS);

/** Whose turn in the queue the work takes, and the signal that ends it. */
export interface HashingFor {
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
}

/** For operators and for hostbeat itself. */
const OURSELVES: HashingFor = { key: 'administration' };

export class Passwords {
  readonly #cost: ScryptCost;
  readonly #random: RandomBytes;
  readonly #deriveKey: DeriveKey;
  readonly #queue = new FairQueue(LIMITS);

  constructor(random: RandomBytes, cost: ScryptCost = DEFAULT_COST, deriveKey = systemDeriveKey) {
    this.#random = random;
    this.#cost = cost;
    this.#deriveKey = deriveKey;
  }

  /**
   * `scrypt$ln=15,r=8,p=3$SALT$KEY`.
   * @throws DomainError `invalid` for a secret that is empty or too long; as FairQueue.run
   */
  async hash(password: string, whose = OURSELVES): Promise<string> {
    if (password === '' || password.length > LONGEST_SECRET) {
      throw new DomainError('invalid', `A password must have 1 to ${LONGEST_SECRET} characters`);
    }
    const salt = this.#random(SALT_BYTES);
    const key = await this.#derive(password, salt, this.#cost, whose);
    const { ln, r, p } = this.#cost;
    return `scrypt$ln=${ln},r=${r},p=${p}$${base64(salt)}$${base64(key)}`;
  }

  /** Without a hash to compare with, does the same work and returns false. @throws as FairQueue.run */
  async verify(password: string, stored: string | null | undefined, whose = OURSELVES): Promise<boolean> {
    const { cost, salt, key } = parse(stored) ?? {
      cost: this.#cost,
      salt: this.#random(SALT_BYTES),
      key: undefined,
    };
    const derived = await this.#derive(password.slice(0, LONGEST_SECRET + 1), salt, cost, whose);
    return key !== undefined && key.length === derived.length && timingSafeEqual(derived, key);
  }

  /** Has the hash another cost than today's? Then the next successful login may hash the secret again. */
  isOutdated(stored: string | null): boolean {
    const cost = parse(stored)?.cost;
    const { ln, r, p } = this.#cost;
    return cost !== undefined && (cost.ln !== ln || cost.r !== r || cost.p !== p);
  }

  #derive(
    secret: string,
    salt: Uint8Array,
    { ln, r, p }: ScryptCost,
    { key, signal }: HashingFor,
  ): Promise<Uint8Array> {
    const N = 2 ** ln;
    const cost = { N, r, p, maxmem: 256 * N * r };
    return this.#queue.run(key, () => this.#deriveKey({ secret, salt, bytes: KEY_BYTES, cost }), signal);
  }
}

function parse(stored: string | null | undefined) {
  const [, ln, r, p, salt, key] =
    /^scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(stored ?? '') ?? [];
  if (salt === undefined || key === undefined) return undefined;
  return {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
