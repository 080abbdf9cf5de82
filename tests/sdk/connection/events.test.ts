import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Route, whyUnreachable } from '../../../client-sdk/src/connection/route.ts';
import { type ClientOptions, connect, type WatchItem, watch } from '../../../client-sdk/src/index.ts';
import { within } from '../../support/within.ts';
import { event, snapshot, state, synced, welcome } from '../support/frames.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { Site } from '../support/site.ts';

const test = suite('events instead of a WebSocket');

/** As if a proxy let none through. */
class Blocked {
  constructor() {
    throw new Error('blocked');
  }
}
const blocked = { WebSocket: Blocked as never, random: () => 0 } as const;

/** Frames as `/v1/events` sends them: its one subscription has a name of the server's own. */
function sse(...frames: object[]): string {
  return frames
    .map((frame) => ('id' in frame ? { ...frame, id: 'stream' } : frame) as { type: string })
    .map((frame) => `event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`)
    .join('');
}

/** Answers `/v1/events` by hand, and whether the server is there at all. */
async function serving(answer: (path: string, response: ServerResponse) => void): Promise<ScriptedServer> {
  const server = await ScriptedServer.open();
  server.onRequest = (path, response) => {
    if (path === '/healthz') response.end('{}');
    else answer(path, response);
  };
  return server;
}

async function take(items: AsyncIterator<WatchItem>): Promise<string> {
  const { value } = await within('an item', items.next());
  return value.type === 'change' ? `${value.change.from}>${value.change.to}` : value.type;
}

test('with WebSockets blocked an owner gets the state and every change, over restarts', async () => {
  await using site = await Site.open();
  await using watched = watch({ url: site.url, token: await site.token(), ...blocked });
  const items = watched[Symbol.asyncIterator]();
  assert.is(await take(items), 'snapshot');
  await site.switch({ forced_down: true });
  assert.is(await take(items), 'UP>DOWN');
  await site.stop();
  await site.start();
  await site.switch({ forced_down: false });
  assert.is(await take(items), 'DOWN>UP');
});

test('behind a proxy that lets no upgrade through it finds its way by itself', async () => {
  await using site = await Site.open();
  let refused = 0;
  const proxy = createServer((asked, response) => {
    const { method, url, headers } = asked;
    const passed = request(`${site.url}${url}`, { method, headers: { ...headers, connection: 'close' } });
    passed.on('error', () => response.destroy());
    passed.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    response.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  proxy.on('upgrade', (_, socket) => {
    refused += 1;
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    await using watched = watch({ url, token: await site.token(), random: () => 0 });
    const items = watched[Symbol.asyncIterator]();
    assert.is(await take(items), 'snapshot');
    await site.switch({ forced_down: true });
    assert.is(await take(items), 'UP>DOWN');
    assert.ok(refused >= 2);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

test('the address says what is followed, the headers who asks and from where', async () => {
  let asked = '';
  let headers: Record<string, unknown> = {};
  await using server = await serving((path, response) => {
    asked = path;
    headers = response.req.headers;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(sse(welcome(), synced(7, 'resumed')));
  });
  await using client = connect({
    url: server.url,
    token: 'secret',
    transport: 'events',
    cursor: 'kept',
    servers: ['a', 'b'],
    hostStatus: ['DOWN'],
    projectId: 'p2',
  });
  await within('synced', client.synced);
  assert.is(asked, '/v1/events?stream=project&project_id=p2&servers=a&servers=b&host_status=DOWN');
  assert.is(headers['x-auth-token'], 'secret');
  assert.is(headers['last-event-id'], 'kept');
});

test('it reads events wherever the network cuts them, with comments and unknown fields', async () => {
  const name = 'wéb ☎ 𝄞';
  const text = `retry: 1000\n:\n\n${sse(welcome(), snapshot([{ ...state('s1'), name }]))}id: x\r\n${sse(synced(0))}${sse(event(1))}`;
  await using server = await serving(async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const byte of Buffer.from(text)) {
      response.write(Buffer.of(byte));
      if (Math.random() < 0.05) await new Promise(setImmediate);
    }
  });
  await using watched = watch({ url: server.url, token: 't', transport: 'events' });
  const items = watched[Symbol.asyncIterator]();
  const { value: first } = await within('the snapshot', items.next());
  assert.is(first?.type === 'snapshot' && first.servers[0]?.name, name);
  assert.is(await take(items), 'UP>UNKNOWN');
});

/** In hostbeat's own words. */
function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify({ error: { code: 'forbidden', message: 'because' } }));
}

/** How a client ends that is answered so. */
async function refusedBy(answer: (response: ServerResponse) => void): Promise<string | undefined> {
  await using server = await serving((_, response) => answer(response));
  await using client = connect({ url: server.url, token: 't', transport: 'events' });
  await within(
    'the refusal',
    client.synced.catch(() => {}),
  );
  return client.error?.name;
}

test('a refusal is the same by its status, or by its last event, as by a close code', async () => {
  for (const [status, name] of [
    [400, 'IncompatibleError'],
    [401, 'AuthenticationError'],
    [403, 'ForbiddenError'],
  ] as const) {
    assert.is(await refusedBy((response) => refuse(response, status)), name);
  }
  const close = { type: 'close', code: 4403, reason: 'forbidden or revoked' };
  const byEvent = await refusedBy((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(sse(welcome(), close));
  });
  assert.is(byEvent, 'ForbiddenError');
});

test('passing errors are retried: a full server, a proxy’s answer, a broken answer', async () => {
  const html = { 'content-type': 'text/html' };
  const json = { 'content-type': 'application/json' };
  const answers = [
    ...[400, 401, 403, 414, 431].map(
      (status) => (response: ServerResponse) => response.writeHead(status, html).end('<h1>no</h1>'),
    ),
    ...['{', '{}', '{"error":{"code":401,"message":"a gateway"}}', '{"error":{"code":"Denied"}}', 'null'].map(
      (body) => (response: ServerResponse) => response.writeHead(401, json).end(body),
    ),
    (response: ServerResponse) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end(),
    (response: ServerResponse) => refuse(response, 414),
    (response: ServerResponse) => response.writeHead(503).end(),
    (response: ServerResponse) => response.writeHead(404).end(),
    (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/html' }).end('hello'),
    (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(':\n'),
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse(welcome(), snapshot([]), synced(0)));
    },
  ];
  await using server = await serving((_, response) => void answers.shift()?.(response));
  await using client = connect({ url: server.url, token: 't', transport: 'events', random: () => 0 });
  await within('synced', client.synced);
  assert.is(answers.length, 0);
});

/** Where a route leads after these losses: the server was there, or away; a welcome had come, or not. */
function after(losses: readonly ('alone' | 'away' | 'synced')[], options: Partial<ClientOptions> = {}) {
  const route = new Route(options);
  for (const loss of losses) route.onLost(loss === 'alone', loss === 'synced');
  return route.way;
}

test('a WebSocket is given up only if it fails twice beside a server that answers', () => {
  assert.is(after([]), 'websocket');
  assert.is(after(['alone']), 'websocket');
  assert.is(after(['alone', 'alone']), 'events');
  assert.is(after(['away', 'away', 'away', 'alone']), 'websocket');
  assert.is(after(['alone', 'away', 'alone']), 'websocket');
  assert.is(after(['alone', 'synced', 'alone']), 'websocket');
});

test('when events end a WebSocket is tried first, and once', () => {
  assert.is(after(['alone', 'alone', 'synced']), 'websocket');
  assert.is(after(['alone', 'alone', 'synced', 'alone']), 'events');
});

test('where events are blocked too it polls, and then tries events once', () => {
  const blocked = ['alone', 'alone', 'alone', 'alone'] as const;
  assert.is(after(['alone', 'alone', 'alone']), 'events');
  assert.is(after(blocked), 'poll');
  assert.is(after(['alone', 'alone', 'away', 'alone']), 'events');
  assert.is(after([...blocked, 'synced']), 'events');
  assert.is(after([...blocked, 'synced', 'alone']), 'poll');
  assert.is(after([...blocked, 'synced', 'synced']), 'websocket');
  assert.is(after([...blocked, 'alone']), 'websocket', 'no transport is given up for good');
});

test('a fixed transport is obeyed, and a ticket opens WebSockets only', () => {
  assert.is(after(['alone', 'alone', 'alone'], { transport: 'websocket' }), 'websocket');
  assert.is(after(['alone', 'alone', 'alone'], { tokenIn: 'ticket' }), 'websocket');
  assert.is(after([], { transport: 'events' }), 'events');
  assert.is(after(['alone', 'alone', 'away'], { transport: 'poll' }), 'poll');
  assert.is(after(['alone', 'alone', 'alone'], { transport: 'events' }), 'events');
});

test('any answer shows that a server is there; otherwise the reason is given', async () => {
  let url = '';
  {
    await using server = await ScriptedServer.open();
    url = server.url;
    assert.is(await whyUnreachable({ url }), undefined);
  }
  assert.match((await whyUnreachable({ url })) ?? '', /ECONNREFUSED|connection refused/i);
});

const NEVER = (() => new Promise<never>(() => {})) as typeof fetch;

test('a fetch that ignores its signal delays the next attempt by a bound only', async () => {
  const waits: number[] = [];
  const why = await whyUnreachable({ url: 'http://hostbeat.test', fetch: NEVER }, (run, ms) => {
    waits.push(ms);
    queueMicrotask(run);
    return () => {};
  });
  assert.equal(waits, [3_000]);
  assert.match(why ?? '', /no answer within 3000 ms/);
});

test('a client that is closed does not wait for that answer', async () => {
  const closing = new AbortController();
  let cancelled = 0;
  const asked = whyUnreachable(
    { url: 'http://hostbeat.test', fetch: NEVER },
    () => () => void cancelled++,
    closing.signal,
  );
  closing.abort();
  assert.is(await asked, 'closed');
  assert.is(cancelled, 1);
});

test.run();
