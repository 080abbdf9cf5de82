/** Finds silent services, checks them twice, and commits their silence. */
import type { Duration, Monotonic } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Timers } from '../../timers.ts';
import { CommitSilence, type CommitSilenceContext } from './commit-silence.ts';
import { readAll } from './read-all.ts';
import { SecondLook, type SecondLookContext } from './second-look.ts';
import { type Suspicion, suspicionOf } from './suspect.ts';
import { WithheldSilences } from './withheld-silences.ts';

/** How many services are decided on before other work of the event loop runs. */
export const AT_ONCE = 1_000;
/** Pause before the next try when the database could not record a silence. */
const RETRY_AFTER: Duration = 250;
/** Silences come in groups: within this time after one, the next is likely. */
const BREATH: Duration = 100;
/**
 * Idle poll interval: long enough to leave an idle process asleep, shorter than what counts as a late event loop.
 */
const SELDOM: Duration = 75;
/** Shortest interval between two looks. Silences closer together share a commit. */
const OFTEN: Duration = 5;
/** A following node keeps departures for as long as a new leader may take to start. */
const KEPT_FOR_LEADER: Duration = 10_000;

export interface SweepContext extends CommitSilenceContext, SecondLookContext {
  readonly timers: Timers;
  /**
   * Resolves when this process has taken from the kernel everything that had reached the machine at the time of the
   * call.
   */
  readonly caughtUp: (() => Promise<void>) | undefined;
  /** Called at every look, with the pause that it noticed. */
  readonly looked?: (pause: Duration) => void;
}

export class Sweep {
  readonly #context: SweepContext;
  /** Disconnected services whose silence could not be committed, in order. Overdue ones stay in the wheel. */
  #kept: Suspicion[] = [];
  #retryAt: Monotonic = Number.NEGATIVE_INFINITY;
  readonly #withheld: WithheldSilences;
  readonly #second: SecondLook;
  readonly #committing: CommitSilence;
  #busy = false;
  #foundAt: Monotonic = Number.NEGATIVE_INFINITY;
  #plannedAt: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(context: SweepContext) {
    this.#context = context;
    this.#withheld = new WithheldSilences(context);
    this.#second = new SecondLook(context);
    this.#committing = new CommitSilence(context, this.#second);
  }

  /**
   * One look. Resolves when its findings are committed or scheduled for another try. While one look runs, further calls
   * only measure time.
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
        if (!(await this.#commit(found)) || found.length < AT_ONCE) return;
        found = this.#find();
      }
    } finally {
      this.#busy = false;
    }
    observer.recover('recording');
  }

  /** Plans the next look for the next known deadline. @returns the wait until then */
  plan(): Duration {
    const { deadlines, departures, observer } = this.#context;
    const now = observer.now();
    const next = this.#busy
      ? now
      : !this.#isOurs()
        ? now + SELDOM
        : Math.min(deadlines.next(now + SELDOM), departures.next(), this.#withheld.next());
    // One millisecond later, because a service is not overdue yet exactly at its deadline.
    const wait = Math.max(OFTEN, Math.floor(next - now) + 1);
    this.#plannedAt = now + wait;
    return wait;
  }

  /** Would the planned look be too late for an end at `until`? */
  isLateFor(until: Monotonic): boolean {
    return Math.max(until, this.#context.observer.now()) + OFTEN < this.#plannedAt;
  }

  /** The witness answered: plan another look, because silences may wait for it. */
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

  /** Another node decides. This node looks again for its findings when it leads. */
  #follow(): void {
    const { departures, observer } = this.#context;
    for (const suspicion of this.#kept.splice(0)) this.#second.letGo(suspicion);
    departures.forget(observer.now() - KEPT_FOR_LEADER);
    observer.recover('recording');
  }

  /** Does this node know of all reports that have arrived, here and at other nodes? */
  async #isAllHeard(): Promise<boolean> {
    const { coordination } = this.#context;
    return (await readAll(this.#context)) && (coordination === undefined || (await coordination.ask()));
  }

  /** @returns whether the database recorded everything */
  async #commit(found: readonly Suspicion[]): Promise<boolean> {
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
    const silent = found.filter(
      (suspicion) => this.#second.isStillSilent(suspicion) || this.#second.letGo(suspicion),
    );
    const decided = this.#withheld.judge(silent, this.#kept);
    const look = { suspicions: decided, peers: this.#withheld.peers };
    const outcomes = await Promise.allSettled(
      decided.map((suspicion) => this.#committing.commit(suspicion, look)),
    );
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

  #keep(suspicion: Suspicion): void {
    if (suspicion.cause === 'timeout') this.#second.letGo(suspicion);
    else this.#kept.push(suspicion);
  }
}
