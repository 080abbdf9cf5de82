/** Connects the liveness of one node with that of the other nodes. */
import type { Service } from '../../domain/service.ts';
import type { Coordination } from '../../ports/nodes.ts';
import type { AgentConnectionsContext } from '../reports/agent-connections.ts';
import type { MassSilences } from '../sweep/mass-silence.ts';
import { ReportsElsewhere } from './reports-elsewhere.ts';
import { NodesHearing, type NodesHearingContext } from './shared-hearing.ts';

export interface JoinContext extends Omit<NodesHearingContext, 'elsewhere' | 'leads'> {
  readonly guard: Pick<MassSilences, 'committed'>;
  readonly coordination: Pick<Coordination, 'lead'>;
}

export interface Joined {
  readonly hearing: NodesHearing;
  readonly elsewhere: NonNullable<AgentConnectionsContext['elsewhere']>;
  /** For `followCommits`. */
  readonly silencedElsewhere: (slot: number, service: Service) => void;
}

export function joinNodes(context: JoinContext): Joined {
  const { registry, observer, guard, coordination, heardAgain } = context;
  const elsewhere = new ReportsElsewhere(registry);
  const leads = () => coordination.lead() !== undefined;
  const hearing = new NodesHearing({ ...context, elsewhere, leads });
  return {
    hearing,
    elsewhere: {
      heardAt: (slot) => elsewhere.elsewhereAt(slot),
      departed: (suspicions, wait) => hearing.departed(suspicions, wait),
      isLeaving: () => hearing.isLeaving,
    },
    silencedElsewhere(slot, service) {
      // The leader's sweep looks after its own commits.
      if (leads()) return;
      guard.committed(service.zone, observer.now());
      if (elsewhere.isFresh(slot)) heardAgain(service);
    },
  };
}
