/**
 * Are we the ones who cannot receive? The silent services cannot say; their peers, which still report, can. If most of
 * at least one zone's other services report as usual, we can receive.
 */
import type { Monotonic } from '../../domain/clock.ts';
import type { Service } from '../../domain/service.ts';
import { heardAsUsual, isLate } from '../../domain/silence/mass.ts';
import type { Deadlines } from '../services/deadlines.ts';
import type { ServiceRegistry } from '../services/registry.ts';

export interface PeerReports {
  /** Do most services of at least one zone report as usual? */
  readonly areHeard: boolean;
  /** How many report as usual, in all zones. */
  readonly vouching: number;
  /** How many other services have reported so far: a service that never reported says nothing by its silence. */
  readonly others: number;
  /** How many of them are late, and will be silent soon unless they report. */
  readonly fading: number;
}

/** Number of services asked first. */
const FIRST_ASKED = 2_000;
/** Minimum sample size. */
const ENOUGH = 100;
/**
 * If this share of a sample reports, so does the same share of at least one zone. More than half, because a sample is
 * not every service.
 */
const CLEARLY = 2 / 3;

/** Which services to ask, and as of when. */
export interface PeerQuery {
  readonly registry: ServiceRegistry;
  readonly deadlines: Deadlines;
  /** Slots that cannot vouch because they are the suspects. */
  readonly isSuspected: (slot: number) => boolean;
  readonly now: Monotonic;
  /** A service whose deadline lies before this may belong to the same mass silence. */
  readonly soon: Monotonic;
}

interface PeerCount {
  readonly asked: number;
  readonly zones: readonly { readonly all: number; readonly heard: number }[];
  readonly others: number;
  readonly fading: number;
}

/**
 * Called when a service seems silent. Usually most of the others report, and a sample of them proves it; if the sample
 * does not, this asks every service.
 */
export function askPeers(question: PeerQuery): PeerReports {
  const { registry } = question;
  const some = ask(question, (sink) => registry.someLive(FIRST_ASKED, sink));
  const all = some.zones.reduce((sum, zone) => sum + zone.all, 0);
  const heard = some.zones.reduce((sum, zone) => sum + zone.heard, 0);
  if (all >= ENOUGH && heard >= CLEARLY * all) {
    const forEach = registry.counts().live / some.asked;
    return {
      areHeard: true,
      vouching: heard * forEach,
      others: some.others * forEach,
      fading: some.fading * forEach,
    };
  }
  const { zones, others, fading } = ask(question, (sink) => registry.eachLive(sink));
  const vouching = zones.reduce((sum, zone) => sum + zone.heard, 0);
  return { areHeard: zones.some((zone) => 2 * zone.heard > zone.all), vouching, others, fading };
}

function ask(
  { registry, deadlines, isSuspected, now, soon }: PeerQuery,
  each: (sink: (slot: number, service: Service) => void) => void,
): PeerCount {
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
