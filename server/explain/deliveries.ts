/** Which subscribers and webhooks a change was sent to, and which have acknowledged it. */
import type { Change, ServiceChange } from '../../client-sdk/protocol/items.ts';
import type { Instant } from '../domain/clock.ts';
import { rfc3339 } from '../domain/clock.ts';
import { hostIdOf } from '../domain/instances/host-id.ts';
import type { ServiceKey } from '../domain/service.ts';
import { inSlices } from '../limits/time-slices.ts';
import type { ExplanationLog } from '../ports/explanation-log.ts';
import type { LogRow, StreamName } from '../ports/log.ts';
import type { WebhookStore } from '../ports/webhook-store.ts';
import type { LoggedChange } from './changes.ts';
import { webhooksShown } from './webhooks.ts';

/** What the hub knows of one subscription, open or ended, that was sent a row. */
export interface Receipt {
  readonly session: string;
  readonly userId: string;
  /** `waiting`: the connection has not taken the row yet. */
  readonly state: 'sent' | 'waiting';
  readonly acknowledged: boolean;
  /** The subscription has a filter, which may have left the change out. */
  readonly filtered: boolean;
  readonly endedAt: Instant | null;
}

/** A row's numbers: one for readers of all rows of its stream, one for those that see `unknown-only`. */
export type RowNumbers = Pick<LogRow, 'seq' | 'unknownSeq'>;

export interface DeliveryContext {
  readonly explanations: Pick<ExplanationLog, 'sameCommit'>;
  /** Subscriptions that were sent the row, as far as the hub remembers them. */
  readonly receipts: (stream: StreamName, row: RowNumbers) => readonly Receipt[];
  readonly webhooks: Pick<WebhookStore, 'ofProject'>;
}

/** Most streams read, and most receipts shown for each. */
const MOST_STREAMS = 1_000;
const MOST_SHOWN = 20;

export async function deliveriesOf(
  change: LoggedChange<ServiceChange>,
  { host }: Pick<ServiceKey, 'host'>,
  { explanations, receipts, webhooks }: DeliveryContext,
) {
  const own = { stream: 'hosts' as const, seq: change.seq, unknownSeq: null };
  const operators = { ...own, project_id: null, servers: change.servers ?? 0, webhooks: [] };
  const correlation = change.correlation_id;
  const rows = correlation === undefined ? [] : await explanations.sameCommit(own, correlation, MOST_STREAMS);
  // A thousand owners cost a thousand reads, so these share the event loop with other work.
  const found = await inSlices(
    rows,
    (row) => {
      const owner = ownerOf(row, host, correlation);
      if (owner === undefined) return undefined;
      return webhooks
        .ofProject(owner.project_id)
        .then((own) => ({ ...owner, webhooks: webhooksShown(own, row) }));
    },
    { key: deliveriesOf },
  );
  const owners = found.filter((owner) => owner !== undefined);
  return {
    of: change.seq,
    committed_at: change.at,
    streams: [operators, ...owners].map(({ stream, unknownSeq, ...shown }) => ({
      ...shown,
      ...countDeliveries(receipts(stream, { seq: shown.seq, unknownSeq })),
    })),
  };
}

/** An owner's row of the same commit, if it has an item for a server on this host. */
function ownerOf({ stream, seq, unknownSeq, items }: LogRow, host: string, correlation: string | undefined) {
  if (!stream.startsWith('project:')) return undefined;
  const projectId = stream.slice('project:'.length);
  const hostId = hostIdOf(projectId, host);
  const servers = (JSON.parse(items) as Change[]).filter(
    ({ host_id, correlation_id }) => host_id === hostId && correlation_id === correlation,
  ).length;
  return servers === 0 ? undefined : { stream, seq, unknownSeq, project_id: projectId, servers };
}

export function countDeliveries(receipts: readonly Receipt[]) {
  const count = (is: (receipt: Receipt) => boolean) => receipts.filter(is).length;
  return {
    sent: count(({ state }) => state === 'sent'),
    waiting: count(({ state }) => state === 'waiting'),
    acknowledged: count(({ acknowledged }) => acknowledged),
    to: receipts.slice(0, MOST_SHOWN).map(({ session, userId, endedAt, ...receipt }) => ({
      session,
      user_id: userId,
      ...receipt,
      ended_at: endedAt === null ? null : rfc3339(endedAt),
    })),
  };
}
