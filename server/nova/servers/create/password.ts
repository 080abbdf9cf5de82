import { randomInt } from 'node:crypto';

/** Without letters and digits that look alike. */
const SYMBOLS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** `adminPass` in Nova's answers. Clients expect the key; the password is set in no guest and stored nowhere. */
export function somePassword(): string {
  return Array.from({ length: 12 }, () => SYMBOLS[randomInt(SYMBOLS.length)]).join('');
}
