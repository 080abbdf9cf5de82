/** Finds who is silent, looks twice, and has it committed. */
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import { isOverdue } from '../../domain/deadline.ts';
import type { Rules, ServiceDecision } from '../../domain/decision.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Service } from '../../domain/service.ts';
import { onSilence } from '../../domain/transition.ts';
import type { Store } from '../../store.ts';
import type { Timers } from '../../timers.ts';
import type { Damping } from '../flapping/damping.ts';
import { readAll } from './read-all.ts';
import { type Suspicion, suspicionOf } from './suspect.ts';
import { WithheldSilences, type WithheldSilencesContext } from './withheld-silences.ts';

/** How many services are decided on before the event loop may do something else. */
export const AT_ONCE = 1_000;
/** How long a database that could not keep a silence is left alone. */
const RETRY_AFTER: Duration = 250;
/** How often a service that said it would be back is looked at. Short, lest it is granted time after it came back. */
const LOOK_AGAIN: Duration = 500;
/** Silences come together: so long after one the next is likely. */
const BREATH: Duration = 100;
/**
 * How seldom it looks while nothing can be found: seldom lest an idle process is woken for nothing, and still more often
 * than what counts as a late event loop.
 */
const SELDOM: Duration = 75;
/** How often at most. Silences that come closer together share a commit. */
const OFTEN: Duration = 5;

export interface SweepContext extends WithheldSilencesContext {
  readonly store: Store;
  readonly damping: Damping;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Resolves when all that had reached this machine when it was asked has been taken from the kernel. */
  readonly caughtUp: (() => Promise<void>) | undefined;
  readonly rules: Rules;
  /** Is an agent's connection open that speaks for this slot? */
  readonly isCarried: (slot: number) => boolean;
  /** Do the connections that speak for it stand, and answer no ping? */
  readonly isUnanswered?: (slot: number) => boolean;
  /** A report came while the silence of its service was being committed. */
  readonly heardAgain: (service: Service) => void;
}

export class Sweep {
  readonly #context: SweepContext;
  /** Departed ones whose silence could not be committed, in order. Overdue ones wait in the wheel. */
  #kept: Suspicion[] = [];
  #retryAt: Monotonic = Number.NEGATIVE_INFINITY;
  readonly #withheld: WithheldSilences;
  #busy = false;
  #foundAt: Monotonic = Number.NEGATIVE_INFINITY;
  #plannedAt: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(context: SweepContext) {
    this.#context = context;
    this.#withheld = new WithheldSilences(context);
  }

  /**
   * One look. Resolves when what it found is committed, or will be tried again. While one is under way others only
   * measure time.
   */
  async tick(): Promise<void> {
    const { observer } = this.#context;
    this.#look();
    if (this.#busy || observer.now() < this.#retryAt) return;
    this.#kept = [...this.#withheld.again(), ...this.#kept];
    let found = this.#find();
    this.#busy = true;
    try {
      while (found.length > 0) {
        if (!(await this.#tell(found)) || found.length < AT_ONCE) return;
        found = this.#find();
      }
    } finally {
      this.#busy = false;
    }
    observer.recover('recording');
  }

  /** Plans the next look: when the next deadline passes, as far as it is known. @returns how long until then */
  plan(): Duration {
    const { deadlines, departures, observer } = this.#context;
    const now = observer.now();
    const next = this.#busy
      ? now
      : Math.min(deadlines.next(now + SELDOM), departures.next(), this.#withheld.next());
    // The millisecond after: at its deadline nobody is overdue yet.
    const wait = Math.max(OFTEN, Math.floor(next - now) + 1);
    this.#plannedAt = now + wait;
    return wait;
  }

  /** Would the look that is planned come too late for what is over at `until`? */
  isLateFor(until: Monotonic): boolean {
    return Math.max(until, this.#context.observer.now()) + OFTEN < this.#plannedAt;
  }

  /** Is nobody told silent now, and was nobody of late? */
  get isCalm(): boolean {
    return !this.#busy && this.#context.observer.now() - this.#foundAt >= BREATH;
  }

  /** @returns whether the database kept what there was to keep */
  async #tell(found: readonly Suspicion[]): Promise<boolean> {
    this.#foundAt = this.#context.observer.now();
    if (await readAll(this.#context)) return this.#decide(found);
    for (const suspicion of found) this.#keep(suspicion);
    this.#retryAt = this.#context.observer.now() + RETRY_AFTER;
    return false;
  }

  #look(): void {
    const { observer, lag, events } = this.#context;
    const { pause, gap, wallStep } = observer.tick();
    if (pause > 0) events.observerPaused(pause);
    if (wallStep !== 0) events.wallClockStepped(wallStep);
    if (pause === 0) lag.note(gap);
    if (!lag.isLate) observer.recover('loop');
    else observer.degrade('loop', 'the event loop is late: this machine has too little time for hostbeat');
  }

  #find(): Suspicion[] {
    const { deadlines, departures, observer, registry } = this.#context;
    const now = observer.now();
    if (!observer.isWithholding) this.#kept = this.#kept.concat(departures.over(now));
    const found = this.#kept.splice(0, AT_ONCE);
    const overdue: { readonly slot: number; readonly deadline: Monotonic }[] = [];
    const room = AT_ONCE - found.length;
    if (room > 0) {
      deadlines.due(now, (slot) => overdue.push({ slot, deadline: deadlines.deadline(slot) }), room);
    }
    overdue.sort((a, b) => a.deadline - b.deadline);
    for (const { slot } of overdue) {
      const service = registry.service(slot);
      if (service?.live) found.push(suspicionOf(slot, service, registry));
    }
    return found;
  }

  /** @returns whether the database kept what there was to keep */
  async #decide(found: readonly Suspicion[]): Promise<boolean> {
    const { observer, events } = this.#context;
    const silent = found.filter((suspicion) => this.#holds(suspicion) || this.#letGo(suspicion));
    const decided = this.#withheld.judge(silent, this.#kept);
    const outcomes = await Promise.allSettled(decided.map((suspicion) => this.#commit(suspicion)));
    let failure: unknown;
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      failure ??= outcome.reason;
      this.#keep(decided[index]!);
    }
    if (failure === undefined) {
      observer.recover('recording');
      return true;
    }
    const reason = failure instanceof DomainError ? failure.message : 'internal error';
    observer.degrade('recording', `silences cannot be recorded and are kept until they can: ${reason}`);
    events.commitFailed('silence', failure);
    this.#retryAt = observer.now() + RETRY_AFTER;
    return false;
  }

  async #commit(suspicion: Suspicion): Promise<void> {
    const { store, clock, registry, deadlines, rules, heardAgain, observer, guard, damping, events } =
      this.#context;
    const { isUnanswered = () => false } = this.#context;
    const { slot } = suspicion;
    let reports = suspicion.reports;
    const committed = await store.updateService({ id: suspicion.service }, (current): ServiceDecision => {
      if (!this.#holds(suspicion)) {
        this.#letGo(suspicion);
        return { service: current };
      }
      const now = clock.now();
      const lastHeard = registry.lastReports.at(suspicion.slot);
      reports = registry.lastReports.reports(suspicion.slot);
      return onSilence(
        current,
        {
          cause: suspicion.mass === undefined ? suspicion.cause : 'mass',
          ...(suspicion.mass === undefined ? {} : { correlationId: suspicion.mass }),
          evidence: suspicion.cause === 'timeout' && isUnanswered(slot) ? 'unanswered' : suspicion.evidence,
          at: now,
          observed: [Math.min(lastHeard, now), now],
          ...(registry.isUnheard(slot) ? { detectedAfterRestart: true } : {}),
          ...(damping.isFlapping(slot, observer.now()) ? { flapping: true } : {}),
        },
        rules,
      );
    });
    const now = registry.service(suspicion.slot);
    if (
      committed !== undefined &&
      !committed.live &&
      suspicion.cause !== 'goodbye' &&
      !registry.isNeverHeard(slot)
    ) {
      guard.told(committed.zone, observer.now());
    }
    if (committed === undefined || committed.live || now?.id !== suspicion.service) return;
    if (suspicion.cause === 'timeout') events.silenceTold(observer.now() - deadlines.deadline(slot));
    if (registry.lastReports.reports(suspicion.slot) !== reports) heardAgain(committed);
  }

  /** The second look. */
  #holds(suspicion: Suspicion): boolean {
    const { deadlines, departures, observer, registry, isCarried } = this.#context;
    const { slot, cause, reports } = suspicion;
    const service = registry.service(slot);
    if (service === undefined || service.id !== suspicion.service || !service.live) return false;
    if (cause !== 'timeout')
      return (
        registry.lastReports.reports(slot) === reports && !(cause === 'connection_lost' && isCarried(slot))
      );
    const now = observer.now();
    deadlines.grant(slot, observer.heldUntil(registry.reportInterval(service), registry.downTime(service)));
    if (departures.isExpected({ ...suspicion, reports: registry.lastReports.reports(slot) })) {
      deadlines.grant(slot, now + LOOK_AGAIN);
    }
    return isOverdue(deadlines.deadline(slot), now);
  }

  /** Void: the service is waited for again, unless it is gone or silent by now. */
  #letGo({ slot, service }: Suspicion): false {
    const { deadlines, registry } = this.#context;
    const now = registry.service(slot);
    if (now?.id === service && now.live) deadlines.arm(slot);
    return false;
  }

  #keep(suspicion: Suspicion): void {
    if (suspicion.cause === 'timeout') this.#letGo(suspicion);
    else this.#kept.push(suspicion);
  }
}
