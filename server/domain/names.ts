/**
 * Nova's rule for the names of servers, projects, users and everything else that people read: printable characters and
 * blanks. A line break in a name would be a second line of somebody's configuration, and an escape would be obeyed by a
 * terminal.
 */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

export function isPrintableName(name: string): boolean {
  return !UNPRINTABLE.test(name);
}

/** What two spellings of one host have in common: Nova takes them for two hosts, and so do we. An address is whole. */
export function plainName(host: string): string {
  const lower = host.toLowerCase();
  return /^[\d.]+$/.test(lower) ? lower : (lower.split('.')[0] ?? lower);
}
