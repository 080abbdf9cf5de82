/** What a webhook is sent of the log: the messages of one row, and the reset in place of rows that were trimmed. */
import type { Change } from '../../../client-sdk/protocol/items.ts';
import type { Instant } from '../../domain/clock.ts';
import type { LogRow, StreamBounds } from '../../ports/log.ts';
import type { Webhook } from '../../ports/webhook-store.ts';
import { itemEpoch } from '../../stream/item-epoch.ts';
import { boundsBy, rowBy } from '../../stream/numbering.ts';
import { itemsIn, type StreamView } from '../../stream/view.ts';
import { type DeliveryMessage, messagesOf, resetMessage } from './messages.ts';

/** Empty if the row shows this webhook nothing. @param epoch the epoch of the log */
export function messagesOfRow(
  webhook: Webhook,
  view: StreamView,
  all: LogRow,
  epoch: string,
): readonly DeliveryMessage[] {
  const row = rowBy(view.visibility, all);
  if (row === undefined) return [];
  const items = itemsIn(view, JSON.parse(row.items) as Change[]) as readonly Change[];
  if (items.length === 0) return [];
  const { seq, at, entry } = row;
  return messagesOf(webhook, { epoch: itemEpoch(epoch, entry, view.visibility), seq, at, items });
}

/**
 * Reports that rows not yet delivered are no longer in the log. Undefined where there is nothing to report.
 * @param unknownSeq the webhook's place by this number
 */
export function messageOfTrim(
  webhook: Webhook,
  { visibility }: StreamView,
  all: StreamBounds,
  { epoch, unknownSeq, at }: { readonly epoch: string; readonly unknownSeq: number; readonly at: Instant },
): DeliveryMessage | undefined {
  // The Aodh format has no reset event.
  if (webhook.format !== 'cloudevents') return undefined;
  const { floor, floorEntry: entry } = boundsBy(visibility, all);
  const seq = floor - 1;
  if (visibility !== 'all' && unknownSeq >= seq) return undefined;
  return resetMessage(webhook, { epoch: itemEpoch(epoch, entry, visibility), seq, at });
}
