/** Every route as one call: the compute API's and those of the OpenAPI document, and what that does not list. */
import { ROUTES } from '../../server/nova/routes.ts';
import { openApi } from '../../server/openapi/document.ts';
import { SERVER, SERVICE } from './identities.ts';

export interface RightsCall {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly version?: string;
  readonly body?: unknown;
  /** The subprotocol of a WebSocket. */
  readonly socket?: string;
  /** It may change what the next call is about. */
  readonly changes: boolean;
}

export function callsTo(): RightsCall[] {
  return [...computeCalls(), ...documentedCalls(), ...OTHERS.map(call)];
}

function computeCalls(): RightsCall[] {
  return ROUTES.map(({ method, path, until }) => ({
    ...call(`${method} /v2.1${path}`),
    path: `/v2.1${path.replace(':id', path.startsWith('/servers') ? SERVER : path.startsWith('/os-services') ? SERVICE : 'x').replace(/:\w+/g, 'x')}`,
    version: `2.${Math.min(until ?? 100, 100)}`,
  }));
}

function documentedCalls(): RightsCall[] {
  return Object.entries(openApi('http://localhost').paths).flatMap(([path, operations]) =>
    path.startsWith('/v2.1')
      ? []
      : Object.keys(operations).map((method) => call(`${method.toUpperCase()} ${path}`)),
  );
}

const OTHERS = [
  'GET /v1/changes?stream=hosts',
  'GET /v1/changes?project_id=p-demo',
  'GET /v1/events?stream=hosts',
  `GET /v1/history?server=${SERVER}`,
  `GET /v1/explain?server=${SERVER}`,
  `GET /v1/status?servers=${SERVER}`,
  'GET /v1/watch-keys?project_id=p-other',
  'GET /image/v2/images',
];

/** Who may say what of a host, word by word; and the sockets. */
export const HOST_CALLS: readonly RightsCall[] = [
  ...[
    { forced_down: true },
    { forced_down: false },
    { forced_down: true, fence: 'confirmed' },
    { fence: 'none' },
    { zone: 'nova' },
    { service_down_time_ms: 2_000_000_000 },
  ].map((body) => ({
    ...call(`PUT /v1/services/{uuid}`),
    name: `PUT /v1/services ${JSON.stringify(body)}`,
    body,
  })),
  ...[{ forced_down: true }, { forced_down: false }, { status: 'disabled' }, { status: 'enabled' }].map(
    (body) => ({
      ...call(`PUT /v2.1/os-services/${SERVICE}`),
      name: `PUT /v2.1/os-services ${JSON.stringify(body)}`,
      version: '2.100',
      body,
    }),
  ),
  {
    ...call('PUT /v2.1/os-services/force-down'),
    version: '2.11',
    body: { host: 'c1', binary: 'nova-compute', forced_down: true },
  },
  {
    ...call(`PUT /v1/instances/${SERVER}`),
    name: 'PUT /v1/instances of another account',
    body: { project_id: 'p-demo', name: 'vm', host: 'c2' },
  },
  { ...call('GET /v1/stream'), name: 'WebSocket /v1/stream', socket: 'hostbeat.v1' },
  { ...call('GET /v1/agent'), name: 'WebSocket /v1/agent', socket: 'hostbeat-agent.v1' },
];

function call(name: string): RightsCall {
  const [method = '', template = ''] = name.split(' ');
  const path = template
    .replace('/v1/instances/{id}', `/v1/instances/${SERVER}`)
    .replace('{uuid}', SERVICE)
    .replace(/\{\w+\}/g, 'x');
  return { name, method, path, changes: method !== 'GET' };
}
