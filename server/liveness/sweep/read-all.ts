/**
 * Reads every report that has already arrived before any service is called silent. A late event loop has unread reports
 * in its sockets and, where each report opens its own connection, in the kernel's accept queue. All of them are read
 * first, however late the loop is; lateness postpones a silence for no other reason.
 */
import type { Duration } from '../../domain/clock.ts';
import type { Timers } from '../../timers.ts';
import type { ObserverClock } from '../observer/observer-clock.ts';

/** Turns of the event loop in which an accepted connection is read and its report counted. */
const TURNS = 3;
/** From this delay on, the observer reports that it is late. */
const BEHIND: Duration = 250;

export interface ReadAllContext {
  /** Undefined where no connection waits in the kernel. */
  readonly caughtUp: (() => Promise<void>) | undefined;
  readonly timers: Timers;
  readonly observer: ObserverClock;
}

/** @returns whether everything that had arrived was read; false if that cannot be known now */
export async function readAll({ caughtUp, timers, observer }: ReadAllContext): Promise<boolean> {
  const cancel = timers.setTimer(() => observer.degrade('reading', BEHINDHAND), BEHIND);
  try {
    if (caughtUp !== undefined) await caughtUp();
    // Timers run before sockets are read.
    for (let turn = 0; turn < TURNS; turn++) await timers.nextTurn();
    observer.recover('reading');
    return true;
  } catch {
    observer.degrade('reading', UNKNOWN);
    return false;
  } finally {
    cancel();
  }
}

const BEHINDHAND =
  'connections wait to be accepted: hostbeat is behind, and commits no silence before it has read what arrived';
const UNKNOWN =
  'hostbeat cannot reach its own port, so reports may be lost: no silence is committed until it can be reached again';
