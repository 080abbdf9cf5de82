/** Finds silent services, checks them twice, and commits their silence. */
import type { Evidence } from '../../../client-sdk/protocol/items.ts';
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import type { Rules, ServiceDecision } from '../../domain/decision.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Service } from '../../domain/service.ts';
import { isOverdue } from '../../domain/silence/deadline.ts';
import { onSilence } from '../../domain/transition.ts';
import type { Coordination } from '../../ports/nodes.ts';
import type { Store } from '../../ports/store.ts';
import type { Timers } from '../../timers.ts';
import type { Damping } from '../flapping/damping.ts';
import { readAll } from './read-all.ts';
import { type Look, SilenceRecorder } from './record-silence.ts';
import { type Suspicion, suspicionOf } from './suspect.ts';
import { WithheldSilences, type WithheldSilencesContext } from './withheld-silences.ts';

/** How many services are decided on before the event loop gets a turn. */
export const AT_ONCE = 1_000;
/** Pause before the next try when the database could not record a silence. */
const RETRY_AFTER: Duration = 250;
/**
 * How often a service that announced its return is checked. Short, so that it gets no extra time once it is back.
 */
const LOOK_AGAIN: Duration = 500;
/** Silences come in groups: within this time after one, the next is likely. */
const BREATH: Duration = 100;
/**
 * Idle poll interval: long enough to leave an idle process asleep, shorter than what counts as a late event loop.
 */
const SELDOM: Duration = 75;
/** Shortest interval between two looks. Silences that come closer together share a commit. */
const OFTEN: Duration = 5;
/** No leader has it: with this fence nothing is committed. */
const NO_LEAD = -1;
/** A node that follows keeps what it knows of departures for as long as a new leader may take to begin. */
const KEPT_FOR_LEADER: Duration = 10_000;

export interface SweepContext extends WithheldSilencesContext {
  readonly store: Store;
  readonly damping: Damping;
  readonly clock: Clock;
  readonly timers: Timers;
  /**
   * Resolves when everything that had reached this machine at the time of the call has been taken from the kernel.
   */
  readonly caughtUp: (() => Promise<void>) | undefined;
  readonly rules: Rules;
  /** Does an open agent connection report for this slot? */
  readonly isCarried: (slot: number) => boolean;
  /** Are the connections that report for it open but not answering pings? */
  readonly isUnanswered?: (slot: number) => boolean;
  /** Called at every look, with the pause that it noticed. */
  readonly looked?: (pause: Duration) => void;
  /** Where several nodes share the database: one of them commits silences, and asks the others before. */
  readonly coordination?: Coordination | undefined;
  /** A report arrived while its service's silence was being committed. */
  readonly heardAgain: (service: Service) => void;
}

export class Sweep {
  readonly #context: SweepContext;
  /** Disconnected services whose silence could not be committed, in order. Overdue ones stay in the wheel. */
  #kept: Suspicion[] = [];
  #retryAt: Monotonic = Number.NEGATIVE_INFINITY;
  readonly #withheld: WithheldSilences;
  readonly #recorder: SilenceRecorder;
  #busy = false;
  #foundAt: Monotonic = Number.NEGATIVE_INFINITY;
  #plannedAt: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(context: SweepContext) {
    this.#context = context;
    this.#withheld = new WithheldSilences(context);
    this.#recorder = new SilenceRecorder(context);
  }

  /**
   * One look. Resolves when its findings are committed or scheduled for another try. While one look runs, further
   * calls only measure time.
   */
  async tick(): Promise<void> {
    const { observer } = this.#context;
    this.#look();
    if (this.#busy) return;
    if (!this.#isOurs()) return this.#follow();
    if (observer.now() < this.#retryAt) return;
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

  /** Plans the next look for when the next known deadline passes. @returns the wait until then */
  plan(): Duration {
    const { deadlines, departures, observer } = this.#context;
    const now = observer.now();
    const next = this.#busy
      ? now
      : !this.#isOurs()
        ? now + SELDOM
        : Math.min(deadlines.next(now + SELDOM), departures.next(), this.#withheld.next());
    // One millisecond later: exactly at its deadline a service is not overdue yet.
    const wait = Math.max(OFTEN, Math.floor(next - now) + 1);
    this.#plannedAt = now + wait;
    return wait;
  }

  /** Would the planned look be too late for something that ends at `until`? */
  isLateFor(until: Monotonic): boolean {
    return Math.max(until, this.#context.observer.now()) + OFTEN < this.#plannedAt;
  }

  /** The witness answered: plan another look, silences may wait for it. */
  witnessAnswered(): void {
    this.#withheld.witnessAnswered();
  }

  /** True when no silence is being committed and none was within BREATH. */
  get isCalm(): boolean {
    return !this.#busy && this.#context.observer.now() - this.#foundAt >= BREATH;
  }

  /** Does this node decide who is silent? */
  #isOurs(): boolean {
    const { coordination } = this.#context;
    return coordination === undefined || coordination.lead() !== undefined;
  }

  /** Another node decides. What was found here is looked for again when that changes. */
  #follow(): void {
    const { departures, observer } = this.#context;
    for (const suspicion of this.#kept.splice(0)) this.#letGo(suspicion);
    departures.forget(observer.now() - KEPT_FOR_LEADER);
    observer.recover('recording');
  }

  /** Is all known that has arrived, here and at other nodes? */
  async #isAllHeard(): Promise<boolean> {
    const { coordination } = this.#context;
    return (await readAll(this.#context)) && (coordination === undefined || (await coordination.ask()));
  }

  /** @returns whether the database recorded everything */
  async #tell(found: readonly Suspicion[]): Promise<boolean> {
    this.#foundAt = this.#context.observer.now();
    if (await this.#isAllHeard()) return this.#decide(found);
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
    this.#context.looked?.(pause);
  }

  #find(): Suspicion[] {
    const { deadlines, departures, observer, registry } = this.#context;
    const now = observer.now();
    if (!observer.isWithholding) this.#kept = this.#kept.concat(departures.over(now));
    const found = this.#kept.splice(0, AT_ONCE);
    const overdue: { readonly slot: number; readonly deadline: Monotonic }[] = [];
    const left = AT_ONCE - found.length;
    if (left > 0) {
      deadlines.due(now, (slot) => overdue.push({ slot, deadline: deadlines.deadline(slot) }), left);
    }
    overdue.sort((a, b) => a.deadline - b.deadline);
    for (const { slot } of overdue) {
      const service = registry.service(slot);
      if (service?.live) found.push(suspicionOf(slot, service, registry));
    }
    return found;
  }

  /** @returns whether the database recorded everything */
  async #decide(found: readonly Suspicion[]): Promise<boolean> {
    const { observer, events } = this.#context;
    const silent = found.filter((suspicion) => this.#holds(suspicion) || this.#letGo(suspicion));
    const decided = this.#withheld.judge(silent, this.#kept);
    const look = { suspicions: decided, peers: this.#withheld.peers };
    const outcomes = await Promise.allSettled(decided.map((suspicion) => this.#commit(suspicion, look)));
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
    if (!this.#isOurs()) return false;
    const reason = failure instanceof DomainError ? failure.message : 'internal error';
    observer.degrade('recording', `silences cannot be recorded and are kept until they can: ${reason}`);
    events.commitFailed('silence', failure);
    this.#retryAt = observer.now() + RETRY_AFTER;
    return false;
  }

  async #commit(suspicion: Suspicion, look: Look): Promise<void> {
    const { store, clock, registry, deadlines, rules, heardAgain, observer, guard, damping, events } =
      this.#context;
    const { coordination } = this.#context;
    const { slot } = suspicion;
    let reports = suspicion.reports;
    const decide = (current: Service | undefined): ServiceDecision => {
      if (!this.#holds(suspicion)) {
        this.#letGo(suspicion);
        return { service: current };
      }
      const now = clock.now();
      const lastHeard = registry.lastReports.at(suspicion.slot);
      reports = registry.lastReports.reports(suspicion.slot);
      const evidence = this.#evidenceOf(suspicion, reports);
      const decision = onSilence(
        current,
        {
          cause: suspicion.mass === undefined ? suspicion.cause : 'mass',
          ...(suspicion.mass === undefined ? {} : { correlationId: suspicion.mass }),
          evidence,
          at: now,
          observed: [Math.min(lastHeard, now), now],
          ...(registry.isUnheard(slot) ? { detectedAfterRestart: true } : {}),
          ...(damping.isFlapping(slot, observer.now()) ? { flapping: true } : {}),
        },
        rules,
      );
      if (current === undefined || decision.news === undefined) return decision;
      return { ...decision, silence: this.#recorder.of(suspicion, current, evidence, look, now) };
    };
    const ref = { id: suspicion.service };
    const committed = await (coordination === undefined
      ? store.updateService(ref, decide)
      : store.updateService(ref, decide, { fence: coordination.lead() ?? NO_LEAD }));
    const now = registry.service(suspicion.slot);
    if (
      committed !== undefined &&
      !committed.live &&
      suspicion.cause !== 'goodbye' &&
      !registry.isNeverHeard(slot)
    ) {
      guard.committed(committed.zone, observer.now());
    }
    if (committed === undefined || committed.live || now?.id !== suspicion.service) return;
    if (suspicion.cause === 'timeout') events.silenceTold(observer.now() - deadlines.deadline(slot));
    if (registry.lastReports.reports(suspicion.slot) !== reports) heardAgain(committed);
  }

  /** A deadline may pass while the connection stands and is silent, or within the time to come back. */
  #evidenceOf(suspicion: Suspicion, reports: number): Evidence {
    const { departures, isUnanswered = () => false } = this.#context;
    if (suspicion.cause !== 'timeout') return suspicion.evidence;
    if (isUnanswered(suspicion.slot)) return 'unanswered';
    return departures.evidenceOf({ ...suspicion, reports }) ?? suspicion.evidence;
  }

  /** The second look: is the service still silent? */
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

  /** The suspicion is void: the service is waited for again, unless it is gone or already silent. */
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
