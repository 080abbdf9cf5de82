/** The table of PROTOCOL.md, "Authentication": each status before a stream begins is ours, in our JSON, on every way that can get it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HubSettings } from '../../../server/hub/connection/context.ts';
import { anIdentity } from '../../support/identity.ts';
import { StreamWorld } from '../../support/stream-world.ts';
import { within } from '../../support/within.ts';

const test = suite<{ worlds: StreamWorld[] }>('statuses before a stream', { worlds: [] });

test.after.each(async ({ worlds }) => {
  for (const world of worlds.splice(0)) await world.close();
});

interface Refused {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

type Way = 'socket' | 'events' | 'poll';
const ALL: readonly Way[] = ['socket', 'events', 'poll'];
const PATHS = { socket: '/v1/stream', events: '/v1/events', poll: '/v1/changes' } as const;

interface Ask {
  readonly token?: string;
  readonly query?: string;
  readonly method?: string;
}

async function refused(
  w: StreamWorld,
  way: Way,
  { token, query = '', method = 'GET' }: Ask,
): Promise<Refused> {
  const path = PATHS[way] + query;
  if (way === 'socket') {
    const peer = w.peer({ path, ...(token === undefined ? {} : { token }) });
    const { status, headers, body } = await within('a refusal', peer.refused);
    return { status, retryAfter: headers['retry-after']?.toString() ?? null, body };
  }
  const answer = await fetch(w.edge.url + path, {
    method,
    headers: token === undefined ? {} : { 'X-Auth-Token': token },
  });
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: await answer.text() };
}

interface Case {
  readonly status: number;
  readonly ways: readonly Way[];
  readonly ask: Ask;
  readonly settings?: Partial<HubSettings>;
  readonly before?: (w: StreamWorld) => unknown;
}

const CASES: Readonly<Record<string, Case>> = {
  'a token that is too long to be one': { status: 400, ways: ALL, ask: { token: 't'.repeat(8_193) } },
  'a stream that does not exist': {
    status: 400,
    ways: ['events', 'poll'],
    ask: { token: 'owner', query: '?stream=all' },
  },
  'a wait that is no number': { status: 400, ways: ['poll'], ask: { token: 'owner', query: '?wait=long' } },
  'no token': { status: 401, ways: ['events', 'poll'], ask: {} },
  'a token of nobody': { status: 401, ways: ALL, ask: { token: 'never-issued' } },
  'a token in the query alone': {
    status: 401,
    ways: ['events', 'poll'],
    ask: { query: '?token=owner&x-auth-token=owner' },
  },
  'a token that can follow nothing': {
    status: 403,
    ways: ALL,
    ask: { token: 'agent' },
    before: (w) => w.authenticator.tokens.set('agent', anIdentity({ kind: 'agent', hosts: ['c1'] })),
  },
  'a stream of another project': {
    status: 403,
    ways: ['events', 'poll'],
    ask: { token: 'owner', query: '?project_id=p2' },
  },
  'a method that is not GET': {
    status: 405,
    ways: ['events', 'poll'],
    ask: { token: 'owner', method: 'POST' },
  },
  'a cursor that names no place': { status: 410, ways: ['poll'], ask: { token: 'owner', query: '?after=x' } },
  'one connection too many': {
    status: 429,
    ways: ALL,
    ask: { token: 'owner' },
    settings: { maxConnectionsPerProject: 1 },
    before: (w) => w.client(),
  },
  'an identity service that is away': {
    status: 503,
    ways: ALL,
    ask: { token: 'owner' },
    before: (w) => {
      w.authenticator.isDown = true;
    },
  },
  'a server that restarts': {
    status: 503,
    ways: ALL,
    ask: { token: 'owner' },
    before: (w) => w.hub.drain(0),
  },
};

for (const [what, { status, ways, ask, settings, before }] of Object.entries(CASES)) {
  test(`${what}: ${status}`, async ({ worlds }) => {
    const w = await StreamWorld.open(settings);
    worlds.push(w);
    await before?.(w);
    for (const way of ways) {
      const answer = await refused(w, way, ask);
      assert.is(answer.status, status, way);
      const { error } = JSON.parse(answer.body);
      assert.type(error.code, 'string', way);
      assert.ok(error.message.length > 0, way);
      assert.not(
        answer.body.includes(ask.token ?? 'owner=') && ask.token !== 'owner',
        'no token is repeated',
      );
      const mayComeAgain = status === 429 || status === 503;
      assert.is(answer.retryAfter !== null, mayComeAgain, `${way}: Retry-After ${answer.retryAfter}`);
    }
  });
}

test.run();
