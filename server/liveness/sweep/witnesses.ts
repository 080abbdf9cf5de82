/**
 * Are we deaf? Nobody can tell a silent world from his own deafness by those who are silent; it is those who are not
 * that say it. If of the others at least one zone is mostly heard as usual, we hear.
 */
import type { Monotonic } from '../../domain/clock.ts';
import { heardAsUsual, isLate } from '../../domain/mass.ts';
import type { Service } from '../../domain/service.ts';
import type { Deadlines } from '../services/deadlines.ts';
import type { ServiceRegistry } from '../services/registry.ts';

export interface Witnesses {
  /** Is at least one zone mostly heard as usual? */
  readonly areHeard: boolean;
  /** How many others were heard so far: who never was, says nothing by his silence. */
  readonly others: number;
  /** How many of them are late, and will be silent soon unless they are heard. */
  readonly fading: number;
}

/** So many witnesses are asked first. */
const FIRST_ASKED = 2_000;
/** From fewer nothing is concluded. */
const ENOUGH = 100;
/** If so many of all are heard, then as many of at least one zone. More than a half, because not all were asked. */
const CLEARLY = 2 / 3;

/** What is asked about, and when. */
export interface WitnessQuery {
  readonly registry: ServiceRegistry;
  readonly deadlines: Deadlines;
  /** Slots that are no witnesses, because they are what is asked about. */
  readonly isSuspected: (slot: number) => boolean;
  readonly now: Monotonic;
  /** Whose deadline lies before it may be part of the same mass. */
  readonly soon: Monotonic;
}

interface WitnessCount {
  readonly asked: number;
  readonly zones: readonly { readonly all: number; readonly heard: number }[];
  readonly others: number;
  readonly fading: number;
}

/**
 * For when a service seems to be silent. As a rule most of the others are heard, and some of them are enough to say so;
 * if they do not, everybody is asked.
 */
export function listen(question: WitnessQuery): Witnesses {
  const { registry } = question;
  const some = ask(question, (sink) => registry.someLive(FIRST_ASKED, sink));
  const all = some.zones.reduce((sum, zone) => sum + zone.all, 0);
  const heard = some.zones.reduce((sum, zone) => sum + zone.heard, 0);
  if (all >= ENOUGH && heard >= CLEARLY * all) {
    const forEach = registry.counts().live / some.asked;
    return { areHeard: true, others: some.others * forEach, fading: some.fading * forEach };
  }
  const { zones, others, fading } = ask(question, (sink) => registry.eachLive(sink));
  return { areHeard: zones.some((zone) => 2 * zone.heard > zone.all), others, fading };
}

function ask(
  { registry, deadlines, isSuspected, now, soon }: WitnessQuery,
  each: (sink: (slot: number, service: Service) => void) => void,
): WitnessCount {
  const zones = new Map<string, { all: number; heard: number }>();
  let asked = 0;
  let others = 0;
  let fading = 0;
  each((slot, service) => {
    asked++;
    if (isSuspected(slot) || registry.isNeverHeard(slot)) return;
    const interval = registry.reportInterval(service);
    const age = now - deadlines.heardAt(slot);
    const deadline = deadlines.deadline(slot);
    if (registry.lastReports.reports(slot) > 0) {
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
    if (!registry.isUnheard(slot) && age <= heardAsUsual(interval, registry.downTime(service))) zone.heard++;
  });
  return { asked, zones: [...zones.values()], others, fading };
}
