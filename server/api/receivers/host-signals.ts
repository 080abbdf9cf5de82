/**
 * What monitors report about hosts, in their own formats: Alertmanager's webhook (version 4) and the events of OPNFV
 * Doctor's monitors and Vitrage. Pure: a document in, signals out.
 */
import { z } from 'zod';
import type { Fence } from '../../../client-sdk/protocol/items.ts';

export interface HostSignal {
  /** Position in the document. */
  readonly index: number;
  readonly host: string;
  /** Name of the alert, or type of the event; the deployment maps it to a force-down, or not. */
  readonly name: string;
  readonly is: 'down' | 'up';
  readonly reason: string;
  readonly fence: Fence;
}

/** A part of the document that is not about a host. */
export interface NoSignal {
  readonly index: number;
  readonly why: string;
}

const MOST = 10_000;
const Texts = z.record(z.string(), z.string());

/** Unknown keys are allowed: newer senders add keys to both documents. */
export const AlertmanagerBody = z.object({
  version: z.literal('4', 'must be "4", the version of Alertmanager’s webhook'),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: Texts,
        annotations: Texts.default({}),
      }),
    )
    .max(MOST),
});

const InspectorEvent = z.object({
  type: z.string().min(1).max(255),
  details: z.object({
    hostname: z.string().min(1).max(255),
    status: z.string().max(64).default('down'),
    monitor: z.string().max(255).optional(),
    monitor_event_id: z.string().max(255).optional(),
  }),
});

/** OPNFV Doctor's monitors PUT a list; Vitrage POSTs one event. */
export const InspectorBody = z.union([z.array(InspectorEvent).max(MOST), InspectorEvent]);

/** @param hostLabel the label of an alert that names the host; a port behind the name is cut off */
export function signalsOfAlerts(
  { alerts }: z.output<typeof AlertmanagerBody>,
  hostLabel: string,
): (HostSignal | NoSignal)[] {
  return alerts.map(({ status, labels, annotations }, index) => {
    const host = labels[hostLabel]?.replace(/:\d+$/, '');
    if (!host) return { index, why: `the alert has no label "${hostLabel}"` };
    const name = labels.alertname ?? '';
    return {
      index,
      host,
      name,
      is: status === 'firing' ? 'down' : 'up',
      reason: annotations.summary ?? annotations.description ?? `alert ${name}`,
      fence: labels.fence === 'confirmed' ? 'confirmed' : 'none',
    };
  });
}

export function signalsOfEvents(body: z.output<typeof InspectorBody>): HostSignal[] {
  return [body].flat().map(({ type, details }, index) => {
    const { hostname: host, status, monitor = 'a monitor', monitor_event_id: id } = details;
    return {
      index,
      host,
      name: type,
      is: status === 'up' ? 'up' : 'down',
      reason: `${monitor}: ${type}${id === undefined ? '' : ` (${id})`}`,
      fence: 'none',
    };
  });
}
