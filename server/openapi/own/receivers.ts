/** The receivers of monitors, and the endpoints that monitor hostbeat itself. */
import { z } from 'zod';
import { Healthy, Readiness } from '../../api/answers/health.ts';
import { SignalOutcomes } from '../../api/answers/receivers.ts';
import { AlertmanagerBody, InspectorBody } from '../../api/receivers/host-signals.ts';
import { type DescribedOperation, described } from '../described.ts';
import { AT } from './parameters.ts';

const SENDERS = ['receiver', 'receiverPassword', 'token'];
const outcome = { events: [{ index: 0, host: 'compute-1', done: 'forced_down' }] };
const event = {
  body: InspectorBody,
  security: SENDERS,
  answers: { 200: SignalOutcomes },
  example: {
    body: [
      { type: 'compute.host.down', details: { hostname: 'compute-1', status: 'down', monitor: 'ipmi' } },
    ],
    answer: outcome,
  },
};

export const RECEIVER_OPERATIONS: readonly DescribedOperation[] = [
  described('POST /v1/alertmanager', 'Take alerts of Alertmanager (webhook version 4)', {
    description:
      'An alert whose name stands in `HOSTBEAT_FORCE_DOWN_ON` declares its host down. The sender shows `HOSTBEAT_RECEIVER_TOKEN`, or its own token of `HOSTBEAT_RECEIVERS_FILE`, as a bearer token or as the password of HTTP basic authentication. Hosts that its token is not for are `refused` one by one; if all are, the answer is 403.',
    body: AlertmanagerBody,
    security: SENDERS,
    answers: { 200: SignalOutcomes },
    example: {
      body: {
        version: '4',
        alerts: [
          {
            status: 'firing',
            labels: { alertname: 'HostDown', instance: 'compute-1:9100' },
            annotations: {},
          },
        ],
      },
      answer: outcome,
    },
  }),
  described('POST /v1/inspector/events', "Take events of OPNFV Doctor's monitors or of Vitrage", event),
  described('PUT /v1/inspector/events', "Take events of OPNFV Doctor's monitors or of Vitrage", event),
];

export const HEALTH_OPERATIONS: readonly DescribedOperation[] = [
  described('GET /healthz', 'Does the process answer?', {
    open: true,
    answers: { 200: Healthy },
    example: { answer: { status: 'ok' } },
  }),
  described('GET /readyz', 'Can the server do its work?', {
    open: true,
    answers: { 200: Readiness, 503: Readiness },
    example: { answer: { ready: true, database: 'ok', observer: 'ok', observing_since: AT } },
  }),
  described('GET /metrics', 'Show measurements for Prometheus', {
    open: true,
    answers: { 200: { 'text/plain': z.string() } },
    example: { answer: 'hostbeat_connections_open 12\n' },
  }),
];
