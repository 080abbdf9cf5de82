/** Records with each silence what was known when it was decided, to explain it later. */
import type { Evidence } from '../../../client-sdk/protocol/items.ts';
import type { Instant, Monotonic } from '../../domain/clock.ts';
import type { Service } from '../../domain/service.ts';
import { needsWitness } from '../../domain/silence/reception.ts';
import type { ConnectionRecord, OthersRecord, SilenceRecord } from '../../domain/silence/silence-record.ts';
import type { ObserverClock } from '../observer/observer-clock.ts';
import type { Witness } from '../observer/witness.ts';
import type { Deadlines } from '../services/deadlines.ts';
import type { ServiceRegistry } from '../services/registry.ts';
import type { PeerReports } from './peers.ts';
import type { Suspicion } from './suspect.ts';

/** Most hosts of the same look that a record names; the others are only counted. */
const NAMED = 10;

export interface SilenceRecorderContext {
  readonly registry: ServiceRegistry;
  readonly deadlines: Deadlines;
  readonly observer: ObserverClock;
  readonly isCarried: (slot: number) => boolean;
  /** Undefined where the settings name no witness. */
  readonly witness?: Pick<Witness, 'lastAnswer'> | undefined;
}

/** The facts that all silences of one look share. */
export interface Look {
  readonly suspicions: readonly Suspicion[];
  readonly peers: PeerReports | undefined;
}

export class SilenceRecorder {
  readonly #context: SilenceRecorderContext;

  constructor(context: SilenceRecorderContext) {
    this.#context = context;
  }

  /** Call it where the silence is decided: it reads everything as of now. */
  of(
    { slot, cause, left }: Suspicion,
    service: Service,
    evidence: Evidence,
    { suspicions, peers }: Look,
    at: Instant,
  ): SilenceRecord {
    const { registry, deadlines, observer, witness } = this.#context;
    const now = observer.now();
    const deadline = deadlines.deadline(slot);
    const wall = (time: Monotonic) => Math.round(at + time - now);
    const downTime = registry.downTime(service);
    const code = observer.code();
    const reason = observer.reason();
    return {
      at,
      arrivals: registry.lastReports.arrivals(slot),
      lastHeard: registry.isNeverHeard(slot) ? null : registry.lastReports.at(slot),
      reportInterval: registry.reportInterval(service),
      serviceDownTime: downTime,
      deadline: wall(deadline),
      lateness: cause === 'timeout' ? Math.round(now - deadline) : null,
      allowance: Math.max(
        0,
        Math.round(at - registry.lastReports.at(slot) - (now - deadlines.heardAt(slot))),
      ),
      connection: this.#connection(slot, evidence, left === undefined ? undefined : wall(left)),
      observer: {
        state: observer.state(),
        ...(code === undefined ? {} : { code }),
        ...(reason === undefined ? {} : { reason }),
      },
      others: peers === undefined ? null : othersOf(peers),
      ...(peers !== undefined && needsWitness(peers) ? { witness: witness?.lastAnswer ?? 'unset' } : {}),
      together: {
        count: suspicions.length - 1,
        hosts: this.#named(slot, suspicions),
      },
    };
  }

  #connection(slot: number, evidence: Evidence, endedAt: number | undefined): ConnectionRecord {
    if (endedAt !== undefined) return { state: 'ended', evidence, endedAt };
    if (!this.#context.isCarried(slot)) return { state: 'none' };
    return { state: evidence === 'unanswered' ? 'unanswered' : 'open' };
  }

  #named(own: number, suspicions: readonly Suspicion[]): string[] {
    const hosts: string[] = [];
    for (const { slot } of suspicions) {
      if (hosts.length === NAMED) break;
      const host = slot === own ? undefined : this.#context.registry.service(slot)?.host;
      if (host !== undefined && !hosts.includes(host)) hosts.push(host);
    }
    return hosts;
  }
}

function othersOf({ others, fading, areHeard }: PeerReports): OthersRecord {
  return { reporting: Math.round(others), late: Math.round(fading), wereHeard: areHeard };
}
