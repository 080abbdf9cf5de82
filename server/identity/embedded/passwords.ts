/** Passwords and other secrets people choose: scrypt, with its parameters beside the hash so that they may grow. */
import { scrypt, timingSafeEqual } from 'node:crypto';
import { DomainError } from '../../domain/errors.ts';
import type { RandomBytes } from '../tokens/secrets.ts';

export interface ScryptCost {
  /** Binary logarithm of N: memory is 128 * r * 2^ln bytes. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about a quarter of a second (OWASP's password storage cheat sheet, second row). */
export const DEFAULT_COST: ScryptCost = { ln: 15, r: 8, p: 3 };

/** Keystone's own limit; a longer text would only make us work. */
export const MAX_PASSWORD_LENGTH = 4096;

const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** Runtime's worker threads are few and shared with files and DNS. */
const AT_ONCE = 2;
const MAX_WAITING = 128;

export class Passwords {
  readonly #cost: ScryptCost;
  readonly #random: RandomBytes;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(random: RandomBytes, cost: ScryptCost = DEFAULT_COST) {
    this.#random = random;
    this.#cost = cost;
  }

  /** `scrypt$ln=15,r=8,p=3$SALT$KEY`. @throws DomainError `invalid` for one that is empty or too long */
  async hash(password: string): Promise<string> {
    if (password === '' || password.length > MAX_PASSWORD_LENGTH) {
      throw new DomainError('invalid', `A password must have 1 to ${MAX_PASSWORD_LENGTH} characters`);
    }
    const salt = this.#random(SALT_BYTES);
    const key = await this.#derive(password, salt, this.#cost);
    const { ln, r, p } = this.#cost;
    return `scrypt$ln=${ln},r=${r},p=${p}$${base64(salt)}$${base64(key)}`;
  }

  /** Where there is nothing to compare with, the same work is done and the answer is false. */
  async verify(password: string, stored: string | null | undefined): Promise<boolean> {
    const { cost, salt, key } = parse(stored) ?? {
      cost: this.#cost,
      salt: this.#random(SALT_BYTES),
      key: undefined,
    };
    const derived = await this.#derive(password.slice(0, MAX_PASSWORD_LENGTH + 1), salt, cost);
    return key !== undefined && key.length === derived.length && timingSafeEqual(derived, key);
  }

  /** Was it hashed at another cost than today's? Then whoever proves the password may have it hashed anew. */
  isOutdated(stored: string | null): boolean {
    const cost = parse(stored)?.cost;
    const { ln, r, p } = this.#cost;
    return cost !== undefined && (cost.ln !== ln || cost.r !== r || cost.p !== p);
  }

  async #derive(password: string, salt: Uint8Array, { ln, r, p }: ScryptCost): Promise<Buffer> {
    await this.#turn();
    try {
      const N = 2 ** ln;
      return await new Promise((resolve, reject) => {
        scrypt(password, salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
          error === null ? resolve(key) : reject(error),
        );
      });
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  /** Who leaves hands its place to the one who waited longest. */
  async #turn(): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      throw new DomainError('unavailable', 'Too many logins at once; try again');
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
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
