/** The answers that were recorded from a real Nova, asked of ours in the same order. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Cloud, GOLDEN, openCloud } from './cloud.ts';

export interface Exchange {
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

const GROUPS = readdirSync(GOLDEN).filter((name) => name.endsWith('.jsonl'));

/** Asks everything that was asked then, and hands over each answer, its text and what was recorded. */
export async function replay(
  visit: (exchange: Exchange, answer: Response, text: string) => void,
): Promise<void> {
  const cloud = await openCloud();
  try {
    for (const exchange of exchanges()) {
      await happenedBefore(exchange.name, cloud);
      cloud.setPolicy(exchange.name.startsWith('policy_') ? (exchange.note ?? '') : '');
      const answer = await ask(exchange, cloud);
      visit(exchange, answer, await answer.text());
    }
  } finally {
    await cloud.close();
  }
}

async function ask(exchange: Exchange, cloud: Cloud): Promise<Response> {
  const headers = new Headers();
  // There "latest" was 2.93.
  for (const [name, value] of exchange.headers) headers.append(name, value.replace(/\blatest$/, '2.93'));
  if (exchange.as !== null && !headers.has('x-auth-token')) headers.set('X-Auth-Token', exchange.as);
  return cloud.ask(`http://127.0.0.1:18774${exchange.path}`, {
    method: exchange.method,
    headers,
    ...(exchange.body === undefined ? {} : { body: bytesOf(exchange.body) }),
  });
}

/** Recorded bodies are JSON values, or the bytes themselves as latin-1 text. */
function bytesOf(body: unknown): Uint8Array<ArrayBuffer> {
  return typeof body === 'string'
    ? Uint8Array.from(Buffer.from(body, 'latin1'))
    : Uint8Array.from(Buffer.from(JSON.stringify(body)));
}

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
