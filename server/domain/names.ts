/**
 * Nova's rule for names of servers, projects, users and everything else that people read: printable characters and
 * blanks. A line break in a name could add a line to a configuration, and a terminal would execute an escape
 * sequence.
 */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

export function isPrintableName(name: string): boolean {
  return !UNPRINTABLE.test(name);
}

/** Nearly all hosts: the check costs a fraction of the steps that follow it. */
const PLAIN = /^[a-z\d-]+$/;

/** The common part of two spellings of one host, which both Nova and we treat as two hosts. An address stays whole. */
export function plainName(host: string): string {
  if (PLAIN.test(host)) return host;
  const lower = host.toLowerCase();
  return /^[\d.]+$/.test(lower) ? lower : (lower.split('.')[0] ?? lower);
}
