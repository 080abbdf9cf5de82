/** The second look at a suspicion, just before its silence is committed: is the service still silent? */
import type { Duration } from '../../domain/clock.ts';
import { isOverdue } from '../../domain/silence/deadline.ts';
import type { Suspicion } from './suspect.ts';
import type { WithheldSilencesContext } from './withheld-silences.ts';

/**
 * How often to check a service that announced its return. Short, so that it gets no extra time once it has returned.
 */
const LOOK_AGAIN: Duration = 500;

export interface SecondLookContext
  extends Pick<WithheldSilencesContext, 'deadlines' | 'departures' | 'observer' | 'registry'> {
  /** Does an open agent connection report for this slot? */
  readonly isCarried: (slot: number) => boolean;
}

export class SecondLook {
  readonly #context: SecondLookContext;

  constructor(context: SecondLookContext) {
    this.#context = context;
  }

  /** Gives the service more time if it announced its return. */
  isStillSilent(suspicion: Suspicion): boolean {
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

  /** The suspicion is void: watches the service's deadline again, unless it was removed or is already silent. */
  letGo({ slot, service }: Suspicion): false {
    const { deadlines, registry } = this.#context;
    const now = registry.service(slot);
    if (now?.id === service && now.live) deadlines.arm(slot);
    return false;
  }
}
