import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import type { Identity } from '../../../server/identity/identity.ts';
import { anAdmin, anIdentity } from '../../support/identity.ts';
import { type StreamClient, StreamWorld } from '../../support/stream-world.ts';
import { until, within } from '../../support/within.ts';

const LIMIT = 2;

const test = suite<{ w: StreamWorld }>('places', {} as never);

test.before.each(async (context) => {
  context.w = await StreamWorld.open({ maxConnectionsPerProject: LIMIT });
  // A token, and a ticket for each time it is tried.
  for (const [name, identity] of Object.entries(IDENTITIES)) {
    context.w.authenticator.tokens.set(name, identity);
    for (let n = 0; n < 10; n += 1) context.w.tickets.set(`${name}-${n}`, identity);
  }
});
test.after.each(async ({ w }) => {
  await w.close();
});

const IDENTITIES: Record<string, Identity> = {
  unscoped: anIdentity({ userId: 'nomad', projectId: null, roles: [] }),
  agent: anIdentity({ kind: 'agent', userId: 'agent', hosts: ['*'] }),
  scopedAgent: anIdentity({ kind: 'agent', userId: 'agent', projectId: 'p1', hosts: ['c1'] }),
  system: anAdmin({ userId: 'root', projectId: null }),
  owner: anIdentity(),
};
const NOTHING_TO_FOLLOW = ['unscoped', 'agent', 'scopedAgent'];

/** What became of one try: let in, or the status or close code it was refused with. */
type Outcome = 'in' | number;

const base64url = (text: string) => Buffer.from(text).toString('base64url');

async function overSocket(client: StreamClient): Promise<Outcome> {
  const refused = client.refused.then(({ status }): Outcome => status);
  const closed = client.closed.then(({ code }): Outcome => code);
  const welcomed = client.until('welcome').then((): Outcome => 'in');
  for (const one of [refused, closed, welcomed]) one.catch(() => undefined);
  return within('an answer', Promise.race([refused, closed, welcomed]));
}

/** Every way in, and what it refuses an identity with. */
const WAYS: Record<string, (w: StreamWorld, name: string, n: number) => Promise<Outcome>> = {
  header: (w, name) => overSocket(w.peer({ token: name })),
  subprotocol: (w, name) => overSocket(w.peer({ protocols: ['hostbeat.v1', `bearer.${base64url(name)}`] })),
  ticket: (w, name, n) => overSocket(w.peer({ protocols: ['hostbeat.v1', `ticket.${name}-${n}`] })),
  async hello(w, name) {
    const client = await w.peer().open();
    client.say({ type: 'hello', token: name });
    return overSocket(client);
  },
  async events(w, name) {
    const reader = w.reader(name === 'system' ? '?stream=hosts' : '', { token: name });
    const status = await within('an answer', reader.status());
    return status === 200 ? 'in' : status;
  },
  async changes(w, name) {
    const stop = new AbortController();
    const hosts = name === 'system' ? 'stream=hosts&' : '';
    const { json, status } = await w.poll(`?${hosts}`, name);
    if (status !== 200) return status;
    const before = w.hub.stats().connections;
    void w.poll(`?${hosts}wait=50&after=${json.cursor}`, name, stop.signal).catch(() => undefined);
    await until('the poll to wait', () => w.hub.stats().connections > before);
    return 'in';
  },
};
const FORBIDDEN: Outcome[] = [403, CLOSE.forbidden.code];
const FULL: Outcome[] = [429, CLOSE.limit.code];

for (const [way, enter] of Object.entries(WAYS)) {
  test(`a token that opens no stream is refused by ${way}, and is not counted`, async ({ w }) => {
    for (const name of NOTHING_TO_FOLLOW) {
      for (let n = 0; n < 3; n += 1) {
        const outcome = await enter(w, name, n);
        assert.ok(FORBIDDEN.includes(outcome), `${name}: ${outcome}`);
      }
    }
    await until('all of them to be gone', () => w.hub.stats().connections === 0);
  });

  test(`connections by ${way} count for their project, or for their user without one`, async ({ w }) => {
    for (const name of ['owner', 'system']) {
      for (let n = 0; n < LIMIT; n += 1) assert.is(await enter(w, name, n), 'in', name);
      const outcome = await enter(w, name, LIMIT);
      assert.ok(FULL.includes(outcome), `${name}: ${outcome}`);
      const another = await WAYS.header?.(w, name, 0);
      assert.ok(FULL.includes(another as Outcome), `${name} by a header: ${another}`);
    }
  });
}

test('a token that is too long to be one is looked up by no way', async ({ w }) => {
  const long = 'x'.repeat(513);
  for (const way of ['header', 'subprotocol', 'hello', 'events', 'changes'] as const) {
    const outcome = await WAYS[way]?.(w, long, 0);
    assert.ok([400, CLOSE.badToken.code].includes(outcome as number), `${way}: ${outcome}`);
  }
  assert.equal(w.authenticator.asked, []);
});

test('a new token that opens no stream ends the connection that it was sent on', async ({ w }) => {
  w.authenticator.tokens.set('lesser', { ...(IDENTITIES.system as Identity), roles: [] });
  const client = await w.client('system');
  client.say({ type: 'auth', token: 'lesser' });
  assert.is((await within('the close', client.closed)).code, CLOSE.forbidden.code);
});

test.run();
