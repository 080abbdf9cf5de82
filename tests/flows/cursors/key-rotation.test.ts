/** The key of cursors is rotated under clients of every transport: those in step notice nothing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { run } from '../../../server/cli/index.ts';
import { testTerminal } from '../../cli/output/terminal.ts';
import { login, type Session } from '../../support/http.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../../support/process.ts';
import { until, within } from '../../support/within.ts';

const test = suite('rotation of the cursor key');
const folder = await temporaryFolder();
let server: ServerProcess;
let admin: Session;

test.before(async () => {
  server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/keys.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_HEALTH_INTERVAL: '0.2',
  });
  admin = await login(server.url, 'admin', 'pw', 'admin');
});
test.after(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function hostbeat(...args: string[]): Promise<string> {
  const terminal = testTerminal({ HOSTBEAT_URL: server.url, HOSTBEAT_TOKEN: admin.token });
  assert.is(await run(args, terminal), 0, terminal.stderr);
  return terminal.stdout;
}

interface Frame {
  readonly type: string;
  readonly how?: string;
  readonly reason?: string;
  readonly cursor?: string;
  readonly subscriptions?: readonly { readonly cursor: string }[];
}

/** A client that stays: what it received, and the cursor it would come back with. */
interface Client {
  readonly frames: Frame[];
  close(): void;
}

const cursorOf = ({ frames }: Client) => {
  const cursors = frames.flatMap(({ cursor, subscriptions = [] }) => [
    cursor,
    ...subscriptions.map((s) => s.cursor),
  ]);
  return cursors.findLast((cursor) => cursor !== undefined) as string;
};

async function socket(cursor?: string): Promise<Client> {
  const ws = new WebSocket(`${server.url.replace('http', 'ws')}/v1/stream`, 'hostbeat.v1', {
    headers: { 'X-Auth-Token': admin.token },
  });
  const frames: Frame[] = [];
  ws.on('open', () =>
    ws.send(JSON.stringify({ type: 'subscribe', id: 's', stream: 'hosts', ...(cursor && { cursor }) })),
  );
  ws.on('message', (data) => frames.push(JSON.parse(String(data))));
  return { frames, close: () => ws.terminate() };
}

async function events(cursor?: string): Promise<Client> {
  const stop = new AbortController();
  const answer = await fetch(`${server.url}/v1/events?stream=hosts${cursor ? `&cursor=${cursor}` : ''}`, {
    headers: { 'X-Auth-Token': admin.token },
    signal: stop.signal,
  });
  const frames: Frame[] = [];
  void (async () => {
    let text = '';
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const parts = (text + chunk).split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (data !== undefined) frames.push(JSON.parse(data));
      }
    }
  })().catch(() => undefined);
  return { frames, close: () => stop.abort() };
}

const poll = (cursor?: string) =>
  admin.request('GET', `/v1/changes?stream=hosts${cursor === undefined ? '' : `&after=${cursor}`}`);

const synced = (client: Client) => client.frames.find(({ type }) => type === 'synced');

async function inStep(client: Client): Promise<Client> {
  await until('the client to be in step', () => synced(client) !== undefined);
  return client;
}

for (const [name, connect] of [
  ['WebSocket', socket],
  ['Server-Sent Events', events],
] as const)
  test(`${name}: the connection stays, gets a new cursor, and old and new one resume`, async () => {
    const client = await inStep(await connect());
    const old = cursorOf(client);
    await hostbeat('cursor-key', 'rotate');
    const seen = client.frames.length;
    await until('a cursor of the new key', () => cursorOf(client) !== old);
    assert.ok(
      client.frames.slice(seen).every(({ type }) => type === 'health'),
      'and nothing else',
    );
    for (const cursor of [old, cursorOf(client)]) {
      const back = await inStep(await connect(cursor));
      assert.is(synced(back)?.how, 'resumed');
      back.close();
    }
    client.close();
  });

test('long poll: the cursor of before is answered with one of after', async () => {
  const first = (await within('the state', poll())).json.cursor;
  await hostbeat('cursor-key', 'rotate');
  const next = await poll(first);
  assert.equal([next.status, next.json.how], [200, 'resumed']);
  assert.is.not(next.json.cursor, first);
  assert.is((await poll(next.json.cursor)).json.how, 'resumed');
});

test('after a leak no earlier cursor is accepted, and who is connected goes on', async () => {
  const clients = [await inStep(await socket()), await inStep(await events())];
  const before = (await poll()).json.cursor;
  const old = clients.map(cursorOf);
  await hostbeat('cursor-key', 'rotate', '--accept-earlier', '0');
  await until('new cursors', () => clients.every((client, n) => cursorOf(client) !== old[n]));
  const gone = await poll(before);
  assert.equal([gone.status, gone.json.error.reason], [410, 'expired']);
  for (const [n, connect] of [socket, events].entries()) {
    const late = await inStep(await connect(old[n]));
    assert.equal([synced(late)?.how, synced(late)?.reason], ['reset', 'expired']);
    const back = await inStep(await connect(cursorOf(clients[n] as Client)));
    assert.is(synced(back)?.how, 'resumed');
    for (const client of [late, back, clients[n] as Client]) client.close();
  }
});

test('the keys are listed without themselves, and the audit log names who rotated', async () => {
  const list = await hostbeat('cursor-key', 'list');
  assert.match(list, /^ID +STATE +CREATED +EXPIRES\n\d+ +sealing +\S+Z \(\d+ s\) +-\n\d+ +expired /);
  const audit = await hostbeat('audit', '--action', 'cursor_key.rotate');
  assert.match(audit, /admin +\S+ +cursor_key\.rotate +cursor-key:\d+ +accept_earlier_seconds: null -> 0/);
  assert.match(audit, /accept_earlier_seconds: null -> 604800/);
  const refused = await admin.request('POST', '/v1/cursor-keys', { accept_earlier_seconds: -1 });
  assert.equal([refused.status, /from 0 to/.test(JSON.stringify(refused.json))], [400, true]);
});

test.run();
