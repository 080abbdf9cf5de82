/**
 * A report that has arrived and was not read is no silence. A loop that is late has such reports in its sockets, and,
 * where each comes on a connection of its own, in the kernel's queue of connections. So before anybody is called silent
 * all that had arrived is read, however late we are; that is the only thing by which a late loop puts a silence off.
 */
import type { Duration } from '../../domain/clock.ts';
import type { Timers } from '../../timers.ts';
import type { ObserverClock } from '../observer/observer-clock.ts';

/** Turns of the event loop in which a connection that was taken from the kernel is read and heard. */
const TURNS = 3;
/** From so long on it is said that we are behind. */
const BEHIND: Duration = 250;

export interface ReadAllContext {
  /** Without it nothing waits in the kernel. */
  readonly caughtUp: (() => Promise<void>) | undefined;
  readonly timers: Timers;
  readonly observer: ObserverClock;
}

/** @returns whether all that had arrived was read; false if nobody can say now */
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
