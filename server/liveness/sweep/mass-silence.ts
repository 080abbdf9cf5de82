/**
 * Many silences at once in one zone: a rack lost its power, or this process cannot receive. Asks which of the two
 * for a bounded time, then commits the silences. Every hold gets its end when it begins: a guard that could stay
 * closed would be worse than none.
 */
import type { Duration, Monotonic } from '../../domain/clock.ts';
import { isLate, isMass, massHold, massWindow } from '../../domain/mass.ts';
import type { ServiceRegistry } from '../services/registry.ts';
import type { Suspicion } from './suspect.ts';
import type { Witnesses } from './witnesses.ts';

export interface MassSilencesContext {
  readonly registry: Pick<
    ServiceRegistry,
    'service' | 'liveIn' | 'downTime' | 'reportInterval' | 'isNeverHeard'
  >;
  readonly serviceDownTime: Duration;
  /** The longest time for which the silences are held back. */
  readonly massHold: Duration;
  /** Names one mass silence, so that clients can put its changes together. */
  readonly uuid: () => string;
}

export interface Sorted {
  readonly tell: readonly Suspicion[];
  readonly hold: readonly Suspicion[];
}

interface Mass {
  readonly correlationId: string;
  readonly heldUntil: Monotonic;
}

interface Zone {
  /** Committed silences, by time. */
  fell: { readonly at: Monotonic; count: number }[];
  mass: Mass | undefined;
}

export class MassSilences {
  readonly #context: MassSilencesContext;
  readonly #window: Duration;
  readonly #hold: Duration;
  readonly #zones = new Map<string, Zone>();
  /** When it was last found that the services asked about are not heard by us. */
  #deafAt: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(context: MassSilencesContext) {
    this.#context = context;
    this.#window = massWindow(context.serviceDownTime);
    this.#hold = massHold(context.serviceDownTime, context.massHold);
  }

  /** Zones in which many services fell silent within the window, as reported to operators. */
  get zones(): string[] {
    return [...this.#zones].flatMap(([name, { mass }]) => (mass === undefined ? [] : [name]));
  }

  /**
   * @param waiting suspicions that are not due yet: they belong to the same mass silence @param listen how well we
   * receive, and which others will be silent by then; called only where it matters, at most once
   */
  judge(
    suspicions: readonly Suspicion[],
    waiting: readonly Suspicion[],
    now: Monotonic,
    listen: (soon: Monotonic) => Witnesses,
  ): Sorted {
    const tell: Suspicion[] = [];
    const hold: Suspicion[] = [];
    const suspected = [...suspicions, ...waiting].filter((one) => this.#zoneOf(one) !== undefined);
    let heard: Witnesses | undefined;
    const ears = () => (heard ??= listen(now + this.#patience(suspected)));
    for (const [name, group] of Map.groupBy(suspicions, (suspicion) => this.#zoneOf(suspicion))) {
      const mass =
        name === undefined
          ? undefined
          : (this.#massIn(name, group, waiting, now) ??
            this.#foreseen(name, group, suspected.length, now, ears));
      if (mass === undefined) tell.push(...group);
      else if (now < mass.heldUntil && this.#isDeaf(group, now, ears)) hold.push(...group);
      else tell.push(...group.map((one) => ({ ...one, mass: mass.correlationId })));
    }
    return { tell, hold };
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
      if (waits || (zone.mass !== undefined && isMass(silent, this.#watched(name, silent)))) continue;
      zone.mass = undefined;
      if (silent === 0) this.#zones.delete(name);
    }
  }

  #massIn(
    name: string,
    group: readonly Suspicion[],
    waiting: readonly Suspicion[],
    now: Monotonic,
  ): Mass | undefined {
    const zone = this.#zone(name);
    if (zone.mass !== undefined) return zone.mass;
    const silent = this.#silentIn(zone, now);
    const others = waiting.filter((suspicion) => this.#zoneOf(suspicion) === name);
    const suspected = group.length + others.length;
    if (!isMass(silent + suspected, this.#watched(name, silent))) return undefined;
    return this.#begin(zone, group, now);
  }

  /**
   * Foresees a mass silence at its first timeout: nothing is heard, and enough others, in any zone, are late. Only
   * for a passed deadline: a connection that breaks is itself something that was received.
   */
  #foreseen(
    name: string,
    group: readonly Suspicion[],
    suspected: number,
    now: Monotonic,
    ears: () => Witnesses,
  ): Mass | undefined {
    if (!group.some(({ cause }) => cause === 'timeout')) return undefined;
    const { areHeard: hear, others, fading } = ears();
    const isDoubtful = hear ? this.#isRecovering(group, now) : isMass(suspected + fading, suspected + others);
    return isDoubtful ? this.#begin(this.#zone(name), group, now) : undefined;
  }

  #isDeaf(group: readonly Suspicion[], now: Monotonic, ears: () => Witnesses): boolean {
    if (ears().areHeard) return this.#isRecovering(group, now);
    this.#deafAt = now;
    return true;
  }

  /** We receive again, and not every service has had time to report. */
  #isRecovering(group: readonly Suspicion[], now: Monotonic): boolean {
    const { registry } = this.#context;
    return group.some(({ slot }) => {
      const service = registry.service(slot);
      return service !== undefined && !isLate(now - this.#deafAt, registry.reportInterval(service));
    });
  }

  #begin(zone: Zone, group: readonly Suspicion[], now: Monotonic): Mass {
    zone.mass = {
      correlationId: this.#context.uuid(),
      heldUntil: now + Math.min(this.#hold, this.#patience(group)),
    };
    return zone.mass;
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
    const zone: Zone = { fell: [], mass: undefined };
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
