/**
 * Begins the check of a large file while the program is still loading, which takes as long as the head start that the
 * check gets: both happen at the same time, on two cores.
 */
import { refuseOtherFile } from '../header.ts';
import { checkIntegrity, type IntegrityCheck, isLargeFile } from './integrity.ts';

const begun = new Map<string, IntegrityCheck>();

/**
 * Reads only. A file that cannot be read, or is not ours, is reported when it is opened.
 * @param small files up to this size, in bytes, are checked when they are opened
 */
export function beginCheck(path: string, small?: number): IntegrityCheck | undefined {
  begun.delete(path);
  try {
    refuseOtherFile(path);
    if (!isLargeFile(path, small)) return undefined;
  } catch {
    return undefined;
  }
  const check = checkIntegrity(path, small);
  begun.set(path, check);
  return check;
}

/** The check that was begun, for the one who opens the file now; otherwise one that begins now. */
export function begunCheck(path: string): IntegrityCheck {
  const check = begun.get(path) ?? checkIntegrity(path);
  begun.delete(path);
  return check;
}
