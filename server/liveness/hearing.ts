/**
 * Are we deaf? Nobody can tell a silent world from his own deafness by those who are silent; it is those who are not
 * that say it. If of the others at least one zone is mostly heard as usual, we hear.
 */
import type { Monotonic } from '../domain/clock.ts';
import { heardAsUsual, isLate } from '../domain/mass.ts';
import type { Deadlines } from './deadlines.ts';
import type { Roster } from './roster.ts';

export interface Ears {
  /** Is at least one zone mostly heard as usual? */
  readonly hear: boolean;
  /** How many others were heard so far: who never was, says nothing by his silence. */
  readonly others: number;
  /** How many of them are late, and will be silent soon unless they are heard. */
  readonly fading: number;
}

/**
 * One pass over all services: for when one of them seems to be silent.
 * @param isSuspected slots that are no witnesses, because they are what is asked about
 * @param soon whose deadline lies before it may be part of the same mass
 */
export function listen(
  roster: Roster,
  deadlines: Deadlines,
  isSuspected: (slot: number) => boolean,
  now: Monotonic,
  soon: Monotonic,
): Ears {
  const zones = new Map<string, { all: number; heard: number }>();
  let others = 0;
  let fading = 0;
  roster.eachLive((slot, service) => {
    if (isSuspected(slot)) return;
    const interval = roster.reportInterval(service);
    const age = now - deadlines.heardAt(slot);
    const deadline = deadlines.deadline(slot);
    if (roster.reports(slot) > 0) {
      others++;
      if (deadline <= soon && isLate(age, interval)) fading++;
    }
    if (deadline < now) return;
    let zone = zones.get(service.zone);
    if (zone === undefined) {
      zone = { all: 0, heard: 0 };
      zones.set(service.zone, zone);
    }
    zone.all++;
    if (!roster.isUnheard(slot) && age <= heardAsUsual(interval, roster.downTime(service))) zone.heard++;
  });
  const hear = [...zones.values()].some(({ all, heard }) => 2 * heard > all);
  return { hear, others, fading };
}
