/**
 * Explains a server to its owner, from the owner's stream alone: no name of a host, no zone, and nothing of other
 * owners.
 */

import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type { Change } from '../../client-sdk/protocol/items.ts';
import { type Clock, type Instant, rfc3339 } from '../domain/clock.ts';
import type { LogRow, StreamName } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { changesAround, known } from './changes.ts';
import { countDeliveries, type DeliveryContext } from './deliveries.ts';
import { doubtAbout, observedBefore } from './doubt.ts';
import type { Watcher } from './service.ts';
import { OBSERVER_SHOWN } from './shown.ts';
import { verdictOf } from './verdict.ts';
import { webhooksShown } from './webhooks.ts';

export interface ServerExplainContext extends Pick<DeliveryContext, 'receipts' | 'webhooks'> {
  readonly store: Pick<Store, 'history'>;
  readonly watcher: Pick<Watcher, 'observed'>;
  readonly clock: Clock;
  readonly catchUp: () => Promise<void>;
}

export interface ExplainedServer {
  readonly id: string;
  readonly projectId: string;
  readonly addedAt: Instant;
  readonly stream: StreamName;
}

/** @param at the moment to explain; undefined for now */
export async function explainServer(
  { id, projectId, addedAt, stream }: ExplainedServer,
  at: Instant | undefined,
  context: ServerExplainContext & {
    /** The items of a row of the owner's stream about this server, as this reader may see them. */
    readonly items: (row: LogRow) => readonly Change[];
    /** This reader's number for such a row. */
    readonly numberOf: (row: LogRow) => number;
  },
) {
  const { store, watcher, clock, receipts, webhooks, items, numberOf } = context;
  const moment = at ?? clock.now();
  await context.catchUp();
  const around = await changesAround(
    moment,
    (before, limit) => store.history(stream, id, before, limit),
    items,
    numberOf,
  );
  const [change, silence] = [known(around.inForce, around.changes[0]), known(around.silence)];
  const status: HostStatus | undefined = around.next?.from ?? undefined;
  const { inForce: shown, rowInForce: row } = around;
  return {
    server_id: id,
    at: rfc3339(moment),
    host_status: change?.to ?? status ?? null,
    verdict: verdictOf({
      name: 'its host',
      at: moment,
      change,
      silence,
      record: undefined,
      status,
      addedAt,
      doubt: doubtAbout(silence, undefined, observedBefore(silence, watcher.observed)),
    }),
    observer: watcher
      .observed(moment, OBSERVER_SHOWN)
      .map(({ at: from, state, code }) => ({ at: rfc3339(from), state, code })),
    changes: [...around.changes],
    delivery:
      shown === undefined || row === undefined
        ? null
        : {
            seq: shown.seq,
            ...countDeliveries(receipts(stream, row)),
            webhooks: webhooksShown(await webhooks.ofProject(projectId), row),
          },
  };
}
