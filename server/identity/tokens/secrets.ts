/** Tokens and ids. A token is 256 random bits, so that its plain SHA-256 is as good as the token is secret. */
import { hash, randomBytes } from 'node:crypto';

export type RandomBytes = (size: number) => Uint8Array;

export const systemRandom: RandomBytes = randomBytes;

/** With these prefixes a scanner finds a leaked secret, and hostbeat tells the kinds apart without a look-up. */
export const TOKEN_PREFIX = 'hbt_';
export const AGENT_TOKEN_PREFIX = 'hba_';
export const CREDENTIAL_PREFIX = 'hbc_';
export const WATCH_KEY_PREFIX = 'hbw_';
export const TICKET_PREFIX = 'hbk_';

export function newSecret(prefix: string, random: RandomBytes): string {
  return prefix + Buffer.from(random(32)).toString('base64url');
}

/** Hex, as it is stored. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}

/** 32 hex digits, as Keystone's ids are. */
export function newId(random: RandomBytes): string {
  return Buffer.from(random(16)).toString('hex');
}
