import { randomInt } from 'node:crypto';

/** Without the letters and digits that are taken for each other. */
const SYMBOLS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** What Nova's answers have under `adminPass`. Clients expect the key; it is set in no guest, and kept nowhere. */
export function somePassword(): string {
  return Array.from({ length: 12 }, () => SYMBOLS[randomInt(SYMBOLS.length)]).join('');
}
