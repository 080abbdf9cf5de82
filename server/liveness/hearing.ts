/**
 * Are we deaf? Nobody can tell a silent world from his own deafness by those who are silent; it is those who are not
 * that say it. If of the others at least one zone is mostly heard as usual, we hear.
 */
import type { Monotonic } from '../domain/clock.ts';
import { heardAsUsual } from '../domain/mass.ts';
import type { Deadlines } from './deadlines.ts';
import type { Roster } from './roster.ts';

/** @param isSuspected slots that are no witnesses, because they are what is asked about */
export function hearsOthers(
  roster: Roster,
  deadlines: Deadlines,
  isSuspected: (slot: number) => boolean,
  now: Monotonic,
): boolean {
  const zones = new Map<string, { all: number; heard: number }>();
  roster.eachLive((slot, service) => {
    if (isSuspected(slot) || deadlines.deadline(slot) < now) return;
    const usual = heardAsUsual(roster.reportInterval(service), roster.downTime(service));
    const zone = zones.get(service.zone) ?? { all: 0, heard: 0 };
    zones.set(service.zone, zone);
    zone.all++;
    if (!roster.isUnheard(slot) && now - deadlines.heardAt(slot) <= usual) zone.heard++;
  });
  for (const { all, heard } of zones.values()) if (2 * heard > all) return true;
  return false;
}
