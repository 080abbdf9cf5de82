/**
 * Many silences of one zone at once: a rack that lost its power, or a watcher that is deaf. Asks which, for a bounded
 * time, and then says it. A guard that could stay shut would be worse than none: each mass has its end from the start.
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
  /** The longest time for which a mass is held. */
  readonly massHold: Duration;
  /** Names one mass, so that whoever hears of it can put its parts together. */
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
  /** Silences that were told, by when. */
  fell: { readonly at: Monotonic; count: number }[];
  mass: Mass | undefined;
}

export class MassSilences {
  readonly #context: MassSilencesContext;
  readonly #window: Duration;
  readonly #hold: Duration;
  readonly #zones = new Map<string, Zone>();
  /** When it was last found that we do not hear those of whom it was asked. */
  #deafAt: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(context: MassSilencesContext) {
    this.#context = context;
    this.#window = massWindow(context.serviceDownTime);
    this.#hold = massHold(context.serviceDownTime, context.massHold);
  }

  /** Zones in which a mass fell silent within the window, as it is told. */
  get zones(): string[] {
    return [...this.#zones].flatMap(([name, { mass }]) => (mass === undefined ? [] : [name]));
  }

  /**
   * @param waiting suspicions whose turn has not come yet: they are part of the same mass
   * @param listen how well we hear, and who else will be silent by then; asked only where it matters, and at most once
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
  told(zone: string, now: Monotonic): void {
    const { fell } = this.#zone(zone);
    const last = fell.at(-1);
    if (last?.at === now) last.count++;
    else fell.push({ at: now, count: 1 });
  }

  /** Ends what is over. @param held suspicions that wait for the end of a hold */
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
   * The first of a mass: nobody is heard, and so many others, in whatever zone, are late that they make one. Only where
   * a deadline passed: a connection that breaks is something that was heard.
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

  /** We hear again, and not everybody had the time to be heard. */
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

  /** Half of the shortest service_down_time among them: so far apart silences belong together, so long they may wait. */
  #patience(suspicions: readonly Suspicion[]): Duration {
    const { registry } = this.#context;
    return suspicions.reduce((shortest, { slot }) => {
      const service = registry.service(slot);
      return service === undefined ? shortest : Math.min(shortest, massWindow(registry.downTime(service)));
    }, Number.POSITIVE_INFINITY);
  }

  /** Who is suspected counts among the live until it is told. */
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
