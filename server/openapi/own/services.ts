/** `/v1/services` and `/v1/hosts`: the operator's view. */
import { z } from 'zod';
import { ServiceExplanation } from '../../api/answers/explain.ts';
import { NodeList } from '../../api/answers/nodes.ts';
import { Hosts, ServiceBrief, ServiceDetail, Services } from '../../api/answers/services.ts';
import { ServiceSettingsBody } from '../../api/services.ts';
import { type DescribedOperation, described } from '../described.ts';
import { AT, PAGING, SERVICE } from './parameters.ts';

const UP = { host_status: 'UP', facts: { forced_down: false, disabled: false, live: true } };
const FENCED = { host_status: 'DOWN', facts: { forced_down: true, disabled: false, live: false } };

const service = {
  uuid: SERVICE,
  host: 'compute-1',
  binary: 'nova-compute',
  id: 7,
  zone: 'nova',
  ...UP,
  since: AT,
  disabled_reason: null,
  forced_down_at: null,
  forced_down_by: null,
  forced_down_reason: null,
  fence: 'none',
  heard_while_forced_down_at: null,
  report_interval_ms: null,
  service_down_time_ms: null,
  confidence: 'observed',
  liveness: {
    last_seen_up: AT,
    silent_in_ms: 54_200,
    connected: true,
    held: null,
    report_interval_ms: 10_000,
    service_down_time_ms: 60_000,
  },
  created_at: AT,
  updated_at: AT,
};

const explanation = {
  service: { uuid: SERVICE, host: 'compute-1', binary: 'nova-compute', zone: 'nova' },
  at: AT,
  host_status: 'UNKNOWN',
  verdict: {
    code: 'reports_stopped',
    doubtful: false,
    text: 'compute-1 was called UNKNOWN at 2026-01-31T12:00:00.000Z: no report came after 2026-01-31T11:59:00.000Z within its 1 min, while 41 of 41 others reported.',
  },
  now: null,
  silence: null,
  observer: [{ at: AT, state: 'ok', code: null, reason: null, blind_ms: 0 }],
  changes: [],
  deliveries: null,
};

export const SERVICE_OPERATIONS: readonly DescribedOperation[] = [
  described('GET /v1/services', 'List services', {
    query: {
      host: z.string().describe('Only services of this host.'),
      binary: z.string().describe('Only services of this name.'),
      ...PAGING,
    },
    answers: { 200: Services },
    example: { answer: { services: [service], next: null } },
  }),
  described('GET /v1/services/{uuid}', 'Show a service, and how it reports', {
    answers: { 200: ServiceDetail },
    example: { answer: { ...service, servers: 12 } },
  }),
  described('GET /v1/services/{uuid}/explain', 'Explain why a service was shown as it was', {
    query: { at: z.iso.datetime().describe('The moment to explain; now, without it.') },
    answers: { 200: ServiceExplanation },
    example: { answer: explanation },
  }),
  described('PUT /v1/services/{uuid}', 'Set what Nova has no field for', {
    description:
      'What is left out stays; null takes the value of the deployment. A caller who may not look at services gets the short answer.',
    body: ServiceSettingsBody,
    answers: { 200: z.union([ServiceDetail, ServiceBrief]) },
    example: {
      body: { forced_down: true, forced_down_reason: 'power is off', fence: 'confirmed' },
      answer: {
        uuid: SERVICE,
        host: 'compute-1',
        binary: 'nova-compute',
        ...FENCED,
        forced_down_reason: 'power is off',
      },
    },
  }),
  described('GET /v1/nodes', 'List the processes that share the database', {
    answers: { 200: NodeList },
    example: {
      answer: {
        self: 4,
        database: {
          version: 'PostgreSQL 17.2',
          remarks: [
            {
              verdict: 'note',
              words:
                'a standby follows asynchronously, so a failover may lose the last commits: name them in synchronous_standby_names (clients are reset at a failover either way)',
            },
          ],
        },
        nodes: [
          {
            id: 4,
            name: 'hb1',
            version: '0.1.0',
            started_at: AT,
            leads: true,
            state: 'live',
            commit: 8120,
            behind: 0,
            heard_ms_ago: 0,
            trouble: null,
          },
        ],
      },
    },
  }),
  described('GET /v1/hosts', 'List hosts with their services', {
    query: PAGING,
    answers: { 200: Hosts },
    example: {
      answer: {
        hosts: [
          {
            host: 'compute-1',
            zone: 'nova',
            host_status: 'UP',
            servers: 12,
            services: [
              {
                uuid: SERVICE,
                binary: 'nova-compute',
                ...UP,
                since: AT,
                fence: 'none',
                confidence: 'observed',
              },
            ],
          },
        ],
        next: null,
      },
    },
  }),
];
