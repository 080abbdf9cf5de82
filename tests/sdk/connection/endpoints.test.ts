/** A client with several nodes: where it goes when one fails, drains or doubts itself, and that it goes nowhere else. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Endpoints } from '../../../client-sdk/src/connection/endpoints.ts';
import {
  type Client,
  connect,
  failoverWhen,
  HostStatusMap,
  UsageError,
} from '../../../client-sdk/src/index.ts';
import { keystoneToken } from '../../../client-sdk/src/keystone.ts';
import { Rest } from '../../../client-sdk/src/rest.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { until, within } from '../../support/within.ts';
import { change, cursorAt, event, health, snapshot, state, synced, welcome } from '../support/frames.ts';
import { type Peer, ScriptedServer } from '../support/scripted-server.ts';

const test = suite('a client with several nodes');
const random = () => 0;

async function live(server: ScriptedServer, seq = 0): Promise<Peer> {
  const peer = await within('a connection', server.peer());
  const subscribe = await within('a subscription', peer.greet());
  if (subscribe.cursor === undefined) peer.send(snapshot([state('s1')]), synced(seq));
  else peer.send(synced(seq, 'resumed'));
  return peer;
}

const isLive = (client: Client) => until('live', () => client.state === 'live');

test('when its node dies it resumes at the next, from its cursor, with the same token', async () => {
  await using a = await ScriptedServer.open();
  await using b = await ScriptedServer.open();
  await using client = connect({ url: [a.url, b.url], token: 'secret', random });
  const peer = await live(a, 7);
  await isLive(client);
  assert.is(client.url, a.url);
  peer.cut();
  const next = await within('a connection to the other', b.peer());
  assert.is((await next.frame('hello')).token, 'secret');
  next.send(welcome());
  assert.is((await next.frame('subscribe')).cursor, cursorAt(7));
  next.send(synced(7, 'resumed'));
  await isLive(client);
  assert.is(client.url, b.url);
});

test('a drain sends it to another node while the first one still serves', async () => {
  await using a = await ScriptedServer.open();
  await using b = await ScriptedServer.open();
  await using client = connect({ url: [a.url, b.url], token: 't', random });
  const peer = await live(a, 3);
  await isLive(client);
  peer.send({ type: 'drain', reconnect_in_ms: [60_000, 90_000] });
  assert.is(await within('its farewell', peer.closed), 1000);
  await live(b, 3);
  await isLive(client);
});

test('after ten seconds of doubt it moves to a node that is well, and to no other', async () => {
  await using a = await ScriptedServer.open();
  await using b = await ScriptedServer.open();
  const asked: string[] = [];
  let observer = 'degraded';
  b.onRequest = (path, response) => {
    asked.push(path);
    response.writeHead(200).end(JSON.stringify({ ready: true, observer }));
  };
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  const time = { setTimer: timers.setTimer, now: () => clock.monotonic() };
  await using client = connect({ url: [a.url, b.url], token: 't', random, ...time });
  const peer = await live(a);
  await isLive(client);
  const doubt = async () => {
    peer.send(health('degraded'));
    await until('the doubt', () => client.tracker === 'degraded');
  };
  await doubt();
  timers.advance(9_999);
  assert.equal(asked, []);
  timers.advance(1);
  await until('a question', () => asked.length === 1);
  assert.equal(asked, ['/readyz']);
  observer = 'ok';
  peer.send(health('degraded'));
  // The next health frame starts the next wait, which is longer; it is the second that is due.
  for (let n = 0; n < 40 && client.state === 'live'; n++) {
    peer.send(health('degraded'));
    await new Promise((turn) => setImmediate(turn));
    timers.advance(1_000);
  }
  const arrived = live(b);
  await until('the move', () => {
    timers.advance(1);
    return client.state === 'live' && client.url === b.url;
  });
  await arrived;
});

test('failoverWhen decides by what the second node says after the first one died', async () => {
  await using a = await ScriptedServer.open();
  await using b = await ScriptedServer.open();
  await using client = connect({ url: [a.url, b.url], token: 't', random });
  const map = new HostStatusMap(client);
  const lost = failoverWhen(map, ['s1']);
  const peer = await live(a, 1);
  await isLive(client);
  peer.cut();
  const other = await live(b, 1);
  const facts = { forced_down: true, disabled: false, live: false };
  other.send(event(2, [{ ...change('s1', 'DOWN'), facts, fence: 'confirmed' }]));
  assert.is((await within('the decision', lost)).host_status, 'DOWN');
});

test('a failing node is retried less and less often, the others in the meantime', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 60 }), (draws) => {
      let n = 0;
      const endpoints = new Endpoints(['a', 'b', 'c'], () => draws[n++ % draws.length] as number);
      endpoints.onSynced();
      let now = 0;
      const tries: { url: string; now: number }[] = [];
      for (let loss = 0; loss < 30; loss++) {
        const wait = endpoints.onLost(now, false);
        assert.ok(wait >= 0 && wait <= 30_000);
        now += wait;
        tries.push({ url: endpoints.url, now });
      }
      assert.equal(
        tries.slice(0, 2).map(({ url }) => url),
        ['b', 'c'],
      );
      assert.ok((tries[1]?.now ?? 0) <= 2_500, 'all are tried before one is tried again');
    }),
  );
});

test("an expired token is not the node's fault", () => {
  const endpoints = new Endpoints(['a', 'b'], () => 0.5);
  endpoints.onSynced();
  assert.is(endpoints.onLost(0, true), 0);
  assert.is(endpoints.url, 'a');
});

test('reads go to the node that answers; what changes something is sent once', async () => {
  await using page = await ScriptedServer.open();
  await using site = await ScriptedServer.open();
  page.onRequest = (_, response) => response.writeHead(403).end('<html>Sign in</html>');
  const paths: string[] = [];
  site.onRequest = (path, response) => {
    paths.push(path);
    response.writeHead(200).end(JSON.stringify({ server: { id: 's1', host_status: 'UP' } }));
  };
  const http = (server: ScriptedServer) => server.url.replace(/^ws/, 'http');
  const rest = new Rest({ url: ['http://127.0.0.1:9', http(page), http(site)], token: 't' });
  assert.is((await rest.server('s1'))?.host_status, 'UP');
  assert.is((await rest.server('s1'))?.host_status, 'UP');
  assert.equal(paths, ['/v2.1/servers/s1', '/v2.1/servers/s1']);
  assert.throws(
    () => new Rest({ url: [], token: 't' }),
    (error: Error) => error instanceof UsageError,
  );
});

test('a login goes on where an address does not answer, and not after a refusal', async () => {
  await using site = await ScriptedServer.open();
  const http = site.url.replace(/^ws/, 'http');
  let status = 201;
  site.onRequest = (_, response) =>
    response
      .writeHead(status, { 'x-subject-token': 'fresh' })
      .end(JSON.stringify({ error: { message: 'wrong password' } }));
  const login = (...authUrl: string[]) =>
    keystoneToken({ authUrl, applicationCredential: { id: 'i', secret: 's' }, timeoutMs: 4_000 })();
  assert.is(await login('http://127.0.0.1:9', http), 'fresh');
  status = 401;
  const refused = await login(http, 'http://127.0.0.1:9').catch((error: Error) => error.message);
  assert.match(String(refused), 'wrong password');
});

test.run();
