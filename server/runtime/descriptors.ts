/** How many file descriptors this process may have open, and how many of them may be connections. */
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';

/** Reserved for the database, backups, name look-ups and our own outgoing connections. */
const LARGEST_RESERVE = 128;
const SMALLEST_RESERVE = 16;
/** Assumed to be open before the first connection, where the system does not say. */
const USUALLY_OPEN = 64;

/**
 * The limit of connections.
 * @param limit of the process; undefined: unknown, so connections are not limited
 * @param open descriptors that are not connections
 */
export function connectionsWithin(limit: number | undefined, open: number): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  const reserve = Math.min(LARGEST_RESERVE, Math.max(SMALLEST_RESERVE, Math.floor(limit / 8)));
  return Math.max(1, limit - open - reserve);
}

/** What the system reports for this process now. Call it before the first connection is accepted. */
export function connectionCapacity(): number {
  return connectionsWithin(limitOfOpenFiles(), openFiles());
}

function limitOfOpenFiles(): number | undefined {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined || soft === 'unlimited' ? undefined : Number(soft);
  } catch {
    // Not Linux.
    return undefined;
  }
}

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return USUALLY_OPEN;
  }
}

/** Can one more descriptor be opened? Without one, the runtime closes what it accepts and reports nothing. */
export function canOpenDescriptor(): boolean {
  try {
    closeSync(openSync(devNull, 'r'));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'EMFILE' && code !== 'ENFILE';
  }
}
