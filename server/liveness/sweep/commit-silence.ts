/**
 * Commits one silence: the rules run inside the transaction, on what this process knows of the service at that moment.
 */
import type { Evidence } from '../../../client-sdk/protocol/items.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Rules, ServiceDecision } from '../../domain/decision.ts';
import type { Service } from '../../domain/service.ts';
import { onSilence } from '../../domain/transition.ts';
import type { Coordination } from '../../ports/nodes.ts';
import type { Store } from '../../ports/store.ts';
import type { Damping } from '../flapping/damping.ts';
import { type Look, SilenceRecorder, type SilenceRecorderContext } from './record-silence.ts';
import type { SecondLook } from './second-look.ts';
import type { Suspicion } from './suspect.ts';
import type { WithheldSilencesContext } from './withheld-silences.ts';

/** The fence of no leader: the database commits nothing with it. */
const NO_LEAD = -1;

export interface CommitSilenceContext extends SilenceRecorderContext, WithheldSilencesContext {
  readonly store: Pick<Store, 'updateService'>;
  readonly damping: Damping;
  readonly clock: Clock;
  readonly rules: Rules;
  /** Are the connections that report for it open but not answering pings? */
  readonly isUnanswered?: (slot: number) => boolean;
  /** Present where several nodes share the database: one of them commits silences, after it has asked the others. */
  readonly coordination?: Coordination | undefined;
  /** A report arrived while its service's silence was being committed. */
  readonly heardAgain: (service: Service) => void;
}

export class CommitSilence {
  readonly #context: CommitSilenceContext;
  readonly #second: SecondLook;
  readonly #recorder: SilenceRecorder;

  constructor(context: CommitSilenceContext, second: SecondLook) {
    this.#context = context;
    this.#second = second;
    this.#recorder = new SilenceRecorder(context);
  }

  async commit(suspicion: Suspicion, look: Look): Promise<void> {
    const { store, clock, registry, deadlines, rules, heardAgain, observer, guard, damping, events } =
      this.#context;
    const { coordination } = this.#context;
    const { slot } = suspicion;
    let reports = suspicion.reports;
    const decide = (current: Service | undefined): ServiceDecision => {
      if (!this.#second.isStillSilent(suspicion)) {
        this.#second.letGo(suspicion);
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

  /** A deadline may pass while the connection is open but quiet, or within the time to come back. */
  #evidenceOf(suspicion: Suspicion, reports: number): Evidence {
    const { departures, isUnanswered = () => false } = this.#context;
    if (suspicion.cause !== 'timeout') return suspicion.evidence;
    if (isUnanswered(suspicion.slot)) return 'unanswered';
    return departures.evidenceOf({ ...suspicion, reports }) ?? suspicion.evidence;
  }
}
