/**
 * Many silences of one zone at once: a rack that lost its power, or a watcher that is deaf. Asks which, for a bounded
 * time, and then says it. A guard that could stay shut would be worse than none: each mass has its end from the start.
 */
import type { Duration, Monotonic } from '../domain/clock.ts';
import { isMass, massHold, massWindow } from '../domain/mass.ts';
import type { Roster } from './roster.ts';
import type { Suspicion } from './suspicion.ts';

export interface MassGuardContext {
  readonly roster: Pick<Roster, 'service' | 'liveIn'>;
  readonly serviceDownTime: Duration;
  /** The longest time for which a mass is held. */
  readonly massHold: Duration;
  /** Names one mass, so that whoever hears of it can put its parts together. */
  readonly uuid: () => string;
}

export interface Verdict {
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

export class MassGuard {
  readonly #context: MassGuardContext;
  readonly #window: Duration;
  readonly #hold: Duration;
  readonly #zones = new Map<string, Zone>();

  constructor(context: MassGuardContext) {
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
   * @param isDeaf asked only where it matters, and at most once
   */
  judge(
    suspicions: readonly Suspicion[],
    waiting: readonly Suspicion[],
    now: Monotonic,
    isDeaf: () => boolean,
  ): Verdict {
    const tell: Suspicion[] = [];
    const hold: Suspicion[] = [];
    let deaf: boolean | undefined;
    for (const [name, group] of Map.groupBy(suspicions, (suspicion) => this.#zoneOf(suspicion))) {
      const mass = name === undefined ? undefined : this.#massIn(name, group, waiting, now);
      if (mass === undefined) {
        tell.push(...group);
        continue;
      }
      if (now < mass.heldUntil) deaf ??= isDeaf();
      if (now < mass.heldUntil && deaf) hold.push(...group);
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
    zone.mass = { correlationId: this.#context.uuid(), heldUntil: now + this.#hold };
    return zone.mass;
  }

  /** Who is suspected counts among the live until it is told. */
  #watched(name: string, silent: number): number {
    return this.#context.roster.liveIn(name) + silent;
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

  /** Undefined for who left on purpose: that many did is no riddle. */
  #zoneOf({ slot, cause }: Suspicion): string | undefined {
    return cause === 'goodbye' ? undefined : this.#context.roster.service(slot)?.zone;
  }
}
