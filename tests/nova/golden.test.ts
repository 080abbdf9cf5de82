/** Every answer recorded from a real Nova, asked of ours. `deviations.json` names the ones that differ, and why. */
import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Cloud, GOLDEN, openCloud } from './cloud.ts';

interface Exchange {
  readonly seq: number;
  readonly name: string;
  readonly as: string | null;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: unknown;
  readonly status: number;
  readonly response_headers: readonly (readonly [string, string])[];
  readonly json?: unknown;
  readonly note?: string;
}

const DEVIATIONS: Record<string, string> = JSON.parse(
  readFileSync(new URL('deviations.json', GOLDEN), 'utf8'),
);
const GROUPS = readdirSync(GOLDEN).filter((name) => name.endsWith('.jsonl'));

const test = suite('answers of a real Nova');

test('are ours too, but for those listed as deviations', async () => {
  const cloud = await openCloud();
  const differing: Record<string, string> = {};
  try {
    for (const exchange of exchanges()) {
      await happenedBefore(exchange.name, cloud);
      cloud.setPolicy(exchange.name.startsWith('policy_') ? (exchange.note ?? '') : '');
      const difference = await differenceOf(exchange, cloud);
      if (difference !== undefined) differing[exchange.name] = difference;
    }
  } finally {
    await cloud.close();
  }
  for (const name of Object.keys(DEVIATIONS)) {
    assert.ok(name in differing, `${name} is listed as a deviation and is none`);
    delete differing[name];
  }
  assert.equal(differing, {});
});

function exchanges(): Exchange[] {
  return GROUPS.flatMap((group) =>
    readFileSync(new URL(group, GOLDEN), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Exchange),
  ).sort((a, b) => a.seq - b.seq);
}

/** What the recording did between two exchanges, beside them. */
async function happenedBefore(name: string, cloud: Cloud): Promise<void> {
  const building = {
    ...instanceOf('srv-09'),
    id: '807dadf3-a781-4a7d-9ea4-f63f100be32c',
    name: 'building-01',
  };
  if (name === 'hoststatus_EMPTY_building_buildrequest_show_2.15_admin') {
    await cloud.seed({
      instances: [
        {
          ...building,
          ...HOSTLESS,
          instance_name: '',
          reservation_id: 'r-1r0mfu2i',
          hostname: 'building-01',
          launched_at: null,
          root_device_name: null,
          vm_state: 'building',
          task_state: 'scheduling',
          power_state: 0,
        },
      ],
    });
  }
  if (name === 'server_building_after') {
    await cloud.seed({
      instances: [
        {
          ...building,
          instance_name: 'instance-0000000e',
          reservation_id: 'r-1r0mfu2i',
          hostname: 'building-01',
        },
      ],
    });
  }
  if (name.startsWith('hoststatus_EMPTY_shelved_offloaded')) {
    const shelved = instanceOf('shelved-01');
    await cloud.seed({
      instances: [
        {
          ...shelved,
          ...HOSTLESS,
          id: 'bdc7bd9a-4236-43ad-a32e-8d41705b6423',
          instance_name: 'instance-0000000f',
          reservation_id: 'r-cmoy97cn',
          vm_state: 'shelved_offloaded',
        },
      ],
    });
  }
}

const HOSTLESS = { host: null, hypervisor_hostname: null, availability_zone: '' };

function instanceOf(name: string): Record<string, unknown> {
  const world = JSON.parse(readFileSync(new URL('world.json', GOLDEN), 'utf8'));
  return world.instances.find((instance: { name: string }) => instance.name === name);
}

async function differenceOf(exchange: Exchange, cloud: Cloud): Promise<string | undefined> {
  const headers = new Headers();
  // There "latest" was 2.93.
  for (const [name, value] of exchange.headers) headers.append(name, value.replace(/\blatest$/, '2.93'));
  if (exchange.as !== null && !headers.has('x-auth-token')) headers.set('X-Auth-Token', exchange.as);
  const answer = await cloud.app.request(`http://127.0.0.1:18774${exchange.path}`, {
    method: exchange.method,
    headers,
    ...(exchange.body === undefined ? {} : { body: bytesOf(exchange.body) }),
  });
  const text = await answer.text();
  if (answer.status !== exchange.status)
    return `status ${answer.status} instead of ${exchange.status}: ${text.slice(0, 300)}`;
  const missing = missingHeader(exchange, answer.headers);
  if (missing !== undefined) return missing;
  if (exchange.json === undefined) return text === '' ? undefined : `a body where there was none: ${text}`;
  return firstDifference(normalized(JSON.parse(text)), normalized(exchange.json));
}

/** Recorded bodies are JSON values, or the bytes themselves as latin-1 text. */
function bytesOf(body: unknown): Uint8Array<ArrayBuffer> {
  return typeof body === 'string'
    ? Uint8Array.from(Buffer.from(body, 'latin1'))
    : Uint8Array.from(Buffer.from(JSON.stringify(body)));
}

const TOLD = [
  'openstack-api-version',
  'x-openstack-nova-api-version',
  'vary',
  'x-openstack-request-id',
  'x-compute-request-id',
  'location',
];

function missingHeader(exchange: Exchange, headers: Headers): string | undefined {
  const recorded = new Headers(
    exchange.response_headers.map(([name, value]) => [name, value] as [string, string]),
  );
  for (const name of TOLD) {
    const [theirs, ours] = [recorded.get(name), headers.get(name)];
    const same = name.endsWith('request-id')
      ? theirs === null || /^req-[0-9a-f-]{36}$/.test(ours ?? '')
      : theirs === ours;
    if (!same) return `${name}: ${ours} instead of ${theirs}`;
  }
  const type = (value: string | null) => value?.toLowerCase() ?? '';
  if (
    exchange.json !== undefined &&
    type(headers.get('content-type')) !== type(recorded.get('content-type'))
  ) {
    return `content-type: ${headers.get('content-type')} instead of ${recorded.get('content-type')}`;
  }
  return undefined;
}

/** Texts are our own, of links only the path counts, of times only the form. */
function normalized(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => normalized(item, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, inner]) => [name, normalized(inner, name)]),
    );
  }
  if (typeof value !== 'string') return value;
  if (key === 'message' || key === 'details' || key === 'adminPass') return '<text>';
  if (key === 'version' && /^2\.\d+$/.test(value)) return '<version>';
  if (key === 'href') return new URL(value).pathname;
  return value.replace(/\d/g, (digit) => (/^\d{4}-\d\d-\d\dT/.test(value) ? '0' : digit));
}

/** Where two values part, and how; undefined if nowhere. */
function firstDifference(ours: unknown, theirs: unknown, path = ''): string | undefined {
  if (typeof ours !== 'object' || typeof theirs !== 'object' || ours === null || theirs === null) {
    return Object.is(ours, theirs)
      ? undefined
      : `${path}: ${JSON.stringify(ours)} instead of ${JSON.stringify(theirs)}`;
  }
  const [a, b] = [ours as Record<string, unknown>, theirs as Record<string, unknown>];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const difference = firstDifference(a[key], b[key], `${path}/${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

test.run();
