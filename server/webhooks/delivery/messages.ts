/** Makes messages to an endpoint from log rows. */
import { createHash } from 'node:crypto';
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Change } from '../../../client-sdk/protocol/items.ts';
import { type Instant, rfc3339 } from '../../domain/clock.ts';
import type { Webhook } from '../../ports/webhook-store.ts';

export interface DeliveryMessage {
  /** The same for every attempt, so that a receiver recognises a repeat. */
  readonly id: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The items of one row, and its place in the log. */
export interface MessageBatch {
  /** With `seq` it identifies the row permanently. */
  readonly epoch: string;
  readonly seq: number;
  readonly at: Instant;
  readonly items: readonly Change[];
}

export const CHANGES_TYPE = 'io.hostbeat.changes';
export const RESET_TYPE = 'io.hostbeat.reset';
export const TEST_TYPE = 'io.hostbeat.test';

export function messagesOf(webhook: Webhook, batch: MessageBatch): readonly DeliveryMessage[] {
  return webhook.format === 'aodh'
    ? batch.items.flatMap((change, n) => aodhMessage(webhook, batch, change, n) ?? [])
    : [changesMessage(webhook, batch)];
}

/** One CloudEvent for each commit: a host with forty servers is one event, as it is one frame on a socket. */
function changesMessage(webhook: Webhook, { epoch, seq, at, items }: MessageBatch): DeliveryMessage {
  const servers = new Set(items.map(({ server_id }) => server_id));
  const [only] = servers.size === 1 ? servers : [];
  return cloudEvent(webhook, {
    id: `${epoch}.${seq}`,
    type: CHANGES_TYPE,
    at,
    ...(only === undefined ? {} : { subject: only }),
    data: { project_id: webhook.projectId, epoch, seq, items },
  });
}

/** The log no longer has the rows in between: the receiver must fetch the present state. */
export function resetMessage(webhook: Webhook, batch: Omit<MessageBatch, 'items'>): DeliveryMessage {
  const { projectId } = webhook;
  const data = { project_id: projectId, epoch: batch.epoch, seq: batch.seq, reason: 'expired' };
  return cloudEvent(webhook, {
    id: `${batch.epoch}.${batch.seq}.reset`,
    type: RESET_TYPE,
    at: batch.at,
    data,
  });
}

export function testMessage(webhook: Webhook, id: string, at: Instant): DeliveryMessage {
  return cloudEvent(webhook, { id, type: TEST_TYPE, at, data: { project_id: webhook.projectId } });
}

function cloudEvent(
  { id: webhookId, projectId }: Webhook,
  event: { id: string; type: string; at: Instant; subject?: string; data: unknown },
): DeliveryMessage {
  const { id, type, at, subject, data } = event;
  const body = {
    specversion: '1.0',
    id,
    source: `urn:hostbeat:project:${encodeURIComponent(projectId)}`,
    type,
    ...(subject === undefined ? {} : { subject }),
    time: rfc3339(at),
    datacontenttype: 'application/json',
    data,
  };
  return {
    id: `${webhookId}.${id}`,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/cloudevents+json; charset=utf-8' },
  };
}

type AlarmState = 'ok' | 'alarm' | 'insufficient data';

/** UNKNOWN is `insufficient data` in Aodh's terms; only DOWN raises an alarm. */
function alarmOf(status: HostStatus | null | undefined): AlarmState {
  if (status === 'DOWN') return 'alarm';
  return status === 'UNKNOWN' || status === undefined ? 'insufficient data' : 'ok';
}

/**
 * The body that Aodh's notifier posts for an event alarm. Its consumers take every post for a failure, so a change is
 * sent only if its new status is one of those that the webhook asks for.
 */
function aodhMessage(
  webhook: Webhook,
  batch: MessageBatch,
  change: Change,
  n: number,
): DeliveryMessage | undefined {
  const { from, to, server_id, name, cause } = change;
  const wanted = webhook.hostStatus ?? AODH_DEFAULT;
  // An alarm may set off actions that cannot be undone, so a drill raises none.
  if (to === null || to === undefined || change.kind === 'drill') return undefined;
  const isHidden = to !== 'DOWN' && wanted.includes('DOWN') && isNewlyForcedDown(change);
  if (!isHidden && (from === to || !wanted.includes(to))) return undefined;
  const current = isHidden ? 'alarm' : alarmOf(to);
  const id = `${webhook.id}.${batch.epoch}.${batch.seq}.${n}`;
  const event = {
    event_type: 'compute.instance.update',
    message_id: uuidOf(id),
    // Ceilometer writes times in UTC without an offset.
    generated: rfc3339(batch.at).replace('Z', '000'),
    traits: [
      ['instance_id', TEXT, server_id],
      ['tenant_id', TEXT, webhook.projectId],
      ['display_name', TEXT, name],
      ['state', TEXT, current === 'alarm' ? 'error' : 'active'],
      ['host_status', TEXT, to],
    ],
  };
  const body = {
    alarm_name: webhook.name,
    alarm_id: webhook.id,
    severity: 'moderate',
    previous: alarmOf(from),
    current,
    reason: isHidden
      ? `the host of server ${server_id} was declared down; host_status shows ${to === '' ? 'nothing' : to} (${cause})`
      : `host_status of server ${server_id} became ${to === '' ? 'empty' : to} (${cause})`,
    reason_data: { type: 'event', event },
  };
  return {
    id,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', 'x-openstack-request-id': `req-${event.message_id}` },
  };
}

/** With this change, was the server's host declared down, or did the server move to such a host? */
function isNewlyForcedDown({ from, facts, cause }: Change): boolean {
  if (facts?.forced_down !== true || from === 'DOWN') return false;
  // MAINTENANCE hides the flag: only these causes can have set it with this change.
  return from !== 'MAINTENANCE' || cause === 'forced_down' || cause === 'placement';
}

export const AODH_DEFAULT: readonly HostStatus[] = ['DOWN'];
/** Trait type codes of ceilometer: 1 text, 2 integer, 3 float, 4 datetime. */
const TEXT = 1;

/** The same for every attempt. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
