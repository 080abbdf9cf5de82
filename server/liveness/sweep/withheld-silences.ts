/** Silences withheld while this process may itself be unable to receive reports. */
import type { Duration, Monotonic } from '../../domain/clock.ts';
import type { Events } from '../../telemetry/events.ts';
import type { LoopLag } from '../observer/event-loop-lag.ts';
import type { ObserverClock } from '../observer/observer-clock.ts';
import type { Deadlines } from '../services/deadlines.ts';
import type { ServiceRegistry } from '../services/registry.ts';
import type { Departures } from './departures.ts';
import type { MassSilences } from './mass-silence.ts';
import { askPeers, type PeerReports } from './peers.ts';
import type { Suspicion } from './suspect.ts';

/** How often to check again whether we can receive. */
const ASK_AGAIN: Duration = 250;
/** How long the other services' answer may be recorded with a silence: no hold is longer. */
const RECENT: Duration = 10_000;

export interface WithheldSilencesContext {
  readonly registry: ServiceRegistry;
  readonly deadlines: Deadlines;
  readonly departures: Departures;
  readonly observer: ObserverClock;
  readonly guard: MassSilences;
  readonly lag: LoopLag;
  readonly events: Events;
}

export class WithheldSilences {
  readonly #context: WithheldSilencesContext;
  #held: Suspicion[] = [];
  #askAt: Monotonic = Number.NEGATIVE_INFINITY;
  #peers: PeerReports | undefined;
  #peersAskedAt: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(context: WithheldSilencesContext) {
    this.#context = context;
  }

  /** What the other services' reports showed at the last look at them; undefined if that was too long ago. */
  get peers(): PeerReports | undefined {
    return this.#context.observer.now() < this.#peersAskedAt + RECENT ? this.#peers : undefined;
  }

  /** Called at every look. @returns the suspicions due for another judgement */
  again(): readonly Suspicion[] {
    const { guard, observer } = this.#context;
    const now = observer.now();
    guard.settle(now, this.#held);
    if (this.#held.length === 0 || now < this.#askAt) return [];
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** The witness answered: the next look judges the silences that wait for it. */
  witnessAnswered(): void {
    this.#askAt = Number.NEGATIVE_INFINITY;
  }

  /** When the next withheld silence is judged again. */
  next(): Monotonic {
    return this.#held.length === 0 ? Number.POSITIVE_INFINITY : this.#askAt;
  }

  /**
   * Returns the silences to commit now. The others are held back, each with its end fixed from the start. @param
   * waiting suspicions that are not due yet: they belong to the same mass silence
   */
  judge(suspicions: readonly Suspicion[], waiting: readonly Suspicion[]): readonly Suspicion[] {
    const { observer, guard, events } = this.#context;
    const now = observer.now();
    const before = guard.zones.length;
    const suspected = [...suspicions, ...waiting, ...this.#held];
    const { commit, hold, isAsking } = guard.judge(suspicions, waiting, now, (soon) =>
      this.#askPeers(suspected, now, soon),
    );
    if (guard.zones.length > before) events.massSilence(hold.length > 0);
    if (hold.length > 0 && this.#held.length === 0) this.#askAt = now + ASK_AGAIN;
    this.#held.push(...hold);
    if (this.#held.length === 0) observer.recover('hearing');
    else if (!isAsking) observer.degrade('hearing', this.#reason());
    return commit;
  }

  #reason(): string {
    const zones = this.#context.guard.zones;
    const silent = this.#held.length;
    if (zones.length === 0)
      return `${silent} services are silent, no other service reports and no witness of HOSTBEAT_WITNESS is reachable, or has been for long enough: hostbeat may be cut off itself; it decides within seconds`;
    return `services fall silent at once (${silent} so far, zone ${zones.join(', ')}) and hostbeat may be unable to receive reports itself; it decides within seconds`;
  }

  /** Cached for ASK_AGAIN: computing it may scan every service. */
  #askPeers(suspicions: readonly Suspicion[], now: Monotonic, soon: Monotonic): PeerReports {
    const { observer, lag, registry, deadlines, departures } = this.#context;
    if (now - this.#peersAskedAt >= ASK_AGAIN || this.#peers === undefined) {
      const suspected = new Set(departures.slots());
      for (const { slot } of suspicions) suspected.add(slot);
      const isSuspected = (slot: number) => suspected.has(slot);
      this.#peers = askPeers({ registry, deadlines, isSuspected, now, soon });
      this.#peersAskedAt = now;
    }
    const isLate = observer.state() === 'paused' || lag.isLate;
    return isLate ? { ...this.#peers, areHeard: false } : this.#peers;
  }
}
