/** Length limits of credentials. A longer one is not looked up, hashed or cached. */
import { z } from 'zod';
import { DomainError } from '../domain/errors.ts';

export const LONGEST_ID = 64;
export const LONGEST_NAME = 255;
/** Passwords, secrets of application credentials, and tokens of our own. */
export const LONGEST_SECRET = 512;

export const IdText = z.string().max(LONGEST_ID);
export const NameText = z.string().max(LONGEST_NAME);
export const SecretText = z.string().max(LONGEST_SECRET);

/** @param name the header or field that has the value. @throws DomainError `invalid` */
export function refuseLongToken(token: string, name: string, most = LONGEST_SECRET): void {
  if (token.length > most)
    throw new DomainError('invalid', `${name}: must not be longer than ${most} characters`, { field: name });
}

const DEEPEST = 8;

/**
 * The data of an unsupported login method has the same limits as that of the others; it is checked before the refusal.
 * @returns the path and limit of the first text that is too long
 */
export function tooLongWithin(data: unknown, path: string, depth = 0): string | undefined {
  if (typeof data === 'string') {
    const field = path.slice(path.lastIndexOf('/') + 1);
    const most = field === 'id' ? LONGEST_ID : field === 'name' ? LONGEST_NAME : LONGEST_SECRET;
    return data.length > most ? `${path}: must not be longer than ${most} characters` : undefined;
  }
  if (typeof data !== 'object' || data === null) return undefined;
  if (depth === DEEPEST)
    return `${path.slice(0, LONGEST_SECRET)}: must not be nested more than ${DEEPEST} levels`;
  for (const [key, value] of Object.entries(data)) {
    const found = tooLongWithin(value, `${path}/${key.slice(0, LONGEST_ID)}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** No valid token looks like this: it is refused without a look-up. */
export function isTooLong(token: string, { longestToken }: { readonly longestToken?: number }): boolean {
  return token.length > (longestToken ?? LONGEST_SECRET);
}
