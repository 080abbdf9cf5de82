/**
 * Many silences at once in one zone, or silences that nobody vouches for: hosts lost their power, or this process
 * cannot receive. Asks which of the two it is, for a bounded time, then commits the silences. Every hold gets its end
 * when it begins: a guard that could stay closed would be worse than none.
 */
import type { Duration, Monotonic } from '../../domain/clock.ts';
import { isLate, isMass, massHold, massWindow } from '../../domain/silence/mass.ts';
import { needsWitness, type Reception, reception } from '../../domain/silence/reception.ts';
import type { Witness } from '../observer/witness.ts';
import type { ServiceRegistry } from '../services/registry.ts';
import type { PeerReports } from './peers.ts';
import type { Suspicion } from './suspect.ts';

export interface MassSilencesContext {
  readonly registry: Pick<
    ServiceRegistry,
    'service' | 'liveIn' | 'downTime' | 'reportInterval' | 'isNeverHeard'
  >;
  readonly serviceDownTime: Duration;
  /** Longest hold of the silences. */
  readonly massHold: Duration;
  /** Names one mass silence, so that clients can group its changes. */
  readonly uuid: () => string;
  /** Asked where fewer than three services can vouch; undefined where the settings name no witness. */
  readonly witness?: Pick<Witness, 'ask' | 'unreachableAt'> | undefined;
}

export interface Judgement {
  /** Those to commit now. */
  readonly commit: readonly Suspicion[];
  readonly hold: readonly Suspicion[];
  /** Does the hold wait only for the witness's answer? */
  readonly isAsking: boolean;
}

interface Hold {
  /** Undefined: too few for a mass silence, but nobody vouches. */
  readonly correlationId: string | undefined;
  readonly heldUntil: Monotonic;
}

/** `recovering`: this process receives again, and not every service has had time to report. */
type Doubt = Reception | 'recovering';

interface Zone {
  /** Committed silences, by time. */
  fell: { readonly at: Monotonic; count: number }[];
  hold: Hold | undefined;
}

export class MassSilences {
  readonly #context: MassSilencesContext;
  readonly #window: Duration;
  readonly #hold: Duration;
  readonly #zones = new Map<string, Zone>();
  /** When this process last found that it does not hear the other services. */
  #notReceivingAt: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(context: MassSilencesContext) {
    this.#context = context;
    this.#window = massWindow(context.serviceDownTime);
    this.#hold = massHold(context.serviceDownTime, context.massHold);
  }

  /** Zones in which many services fell silent within the window, as reported to operators. */
  get zones(): string[] {
    return [...this.#zones].flatMap(([name, { hold }]) => (hold?.correlationId === undefined ? [] : [name]));
  }

  /**
   * @param waiting suspicions that are not due yet: they belong to the same mass silence @param listen what the other
   * services' reports show, and which of those services will be silent by then; called at most once, and only where it
   * matters
   */
  judge(
    suspicions: readonly Suspicion[],
    waiting: readonly Suspicion[],
    now: Monotonic,
    listen: (soon: Monotonic) => PeerReports,
  ): Judgement {
    const commit: Suspicion[] = [];
    const hold: Suspicion[] = [];
    const suspected = [...suspicions, ...waiting].filter((one) => this.#zoneOf(one) !== undefined);
    let heard: PeerReports | undefined;
    const peers = () => (heard ??= listen(now + this.#patience(suspected)));
    let isAsking = true;
    for (const [name, group] of Map.groupBy(suspicions, (suspicion) => this.#zoneOf(suspicion))) {
      const found =
        name === undefined
          ? undefined
          : (this.#massIn(name, group, waiting, now) ??
            this.#foreseen(name, group, suspected.length, now, peers));
      if (found === undefined) {
        commit.push(...group);
        continue;
      }
      const { correlationId, heldUntil } = found;
      const answer = now < heldUntil ? this.#doubt(group, now, peers) : 'yes';
      if (answer === 'no') this.#notReceivingAt = now;
      if (answer !== 'asking') isAsking = false;
      const waits = (one: Suspicion) => answer !== 'yes' && (correlationId !== undefined || isUnheard(one));
      hold.push(...group.filter(waits));
      const sure = group.filter((one) => !waits(one));
      commit.push(
        ...sure.map((one) => (correlationId === undefined ? one : { ...one, mass: correlationId })),
      );
    }
    return { commit, hold, isAsking };
  }

  /** A silence was committed. */
  committed(zone: string, now: Monotonic): void {
    const { fell } = this.#zone(zone);
    const last = fell.at(-1);
    if (last?.at === now) last.count++;
    else fell.push({ at: now, count: 1 });
  }

  /** Ends the holds that are over. @param held suspicions that wait for the end of a hold */
  settle(now: Monotonic, held: readonly Suspicion[]): void {
    for (const [name, zone] of this.#zones) {
      const silent = this.#silentIn(zone, now);
      const waits = held.some((suspicion) => this.#zoneOf(suspicion) === name);
      const isStillMass =
        zone.hold?.correlationId !== undefined && isMass(silent, this.#watched(name, silent));
      if (waits || isStillMass) continue;
      zone.hold = undefined;
      if (silent === 0) this.#zones.delete(name);
    }
  }

  #massIn(
    name: string,
    group: readonly Suspicion[],
    waiting: readonly Suspicion[],
    now: Monotonic,
  ): Hold | undefined {
    const zone = this.#zone(name);
    if (zone.hold?.correlationId !== undefined) return zone.hold;
    const silent = this.#silentIn(zone, now);
    const others = waiting.filter((suspicion) => this.#zoneOf(suspicion) === name);
    const suspected = group.length + others.length;
    if (!isMass(silent + suspected, this.#watched(name, silent))) return zone.hold;
    return this.#begin(zone, group, now, this.#context.uuid());
  }

  /**
   * Foresees a mass silence at its first timeout: no service is heard, and enough others, in any zone, are late. Where
   * there are too few others for that, the witness is asked. A closed connection counts for neither: we received its
   * end.
   */
  #foreseen(
    name: string,
    group: readonly Suspicion[],
    suspected: number,
    now: Monotonic,
    peers: () => PeerReports,
  ): Hold | undefined {
    if (!group.some(isUnheard)) return undefined;
    const answer = this.#doubt(group, now, peers);
    if (answer === 'yes') return undefined;
    const { areHeard, others, fading } = peers();
    const isMany = isMass(suspected + (areHeard ? others : fading), suspected + others);
    const isAlone = this.#context.witness !== undefined && needsWitness(peers());
    if (!isMany && !isAlone && answer !== 'recovering') return undefined;
    return this.#begin(this.#zone(name), group, now, isMany ? this.#context.uuid() : undefined);
  }

  #doubt(group: readonly Suspicion[], now: Monotonic, peers: () => PeerReports): Doubt {
    const { witness } = this.#context;
    const found = peers();
    const answer = reception(found, () => witness?.ask() ?? 'unset');
    if (answer !== 'yes') return answer;
    const cutOffAt = found.areHeard ? undefined : witness?.unreachableAt;
    const notReceivingAt = Math.max(this.#notReceivingAt, cutOffAt ?? Number.NEGATIVE_INFINITY);
    return this.#isRecovering(group, now, notReceivingAt) ? 'recovering' : 'yes';
  }

  #isRecovering(group: readonly Suspicion[], now: Monotonic, notReceivingAt: Monotonic): boolean {
    const { registry } = this.#context;
    return group.some(({ slot }) => {
      const service = registry.service(slot);
      return service !== undefined && !isLate(now - notReceivingAt, registry.reportInterval(service));
    });
  }

  #begin(zone: Zone, group: readonly Suspicion[], now: Monotonic, correlationId: string | undefined): Hold {
    const heldUntil = zone.hold?.heldUntil ?? now + Math.min(this.#hold, this.#patience(group));
    zone.hold = { correlationId, heldUntil };
    return zone.hold;
  }

  /** Both the grouping window and the longest hold: half the shortest service_down_time in the group. */
  #patience(suspicions: readonly Suspicion[]): Duration {
    const { registry } = this.#context;
    return suspicions.reduce((shortest, { slot }) => {
      const service = registry.service(slot);
      return service === undefined ? shortest : Math.min(shortest, massWindow(registry.downTime(service)));
    }, Number.POSITIVE_INFINITY);
  }

  /** Suspects still count as live until their silence is committed. */
  #watched(name: string, silent: number): number {
    return this.#context.registry.liveIn(name) + silent;
  }

  #silentIn(zone: Zone, now: Monotonic): number {
    if (zone.fell.some(({ at }) => now - at > this.#window)) {
      zone.fell = zone.fell.filter(({ at }) => now - at <= this.#window);
    }
    return zone.fell.reduce((sum, { count }) => sum + count, 0);
  }

  #zone(name: string): Zone {
    const known = this.#zones.get(name);
    if (known !== undefined) return known;
    const zone: Zone = { fell: [], hold: undefined };
    this.#zones.set(name, zone);
    return zone;
  }

  /**
   * Undefined for agents that said goodbye and for services that were declared and never reported: neither says
   * anything about whether we can receive. A new site whose agents are not started yet raises no alarm.
   */
  #zoneOf({ slot, cause }: Suspicion): string | undefined {
    const { registry } = this.#context;
    return cause === 'goodbye' || registry.isNeverHeard(slot) ? undefined : registry.service(slot)?.zone;
  }
}

/** Did this process receive nothing that shows how it ended? A closed or reset connection shows it. */
function isUnheard({ cause, evidence }: Suspicion): boolean {
  return cause === 'timeout' || (cause === 'connection_lost' && evidence === 'unanswered');
}
