/** A node that reads late what the others commit says so everywhere, with the reason, and is well again by itself. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { login, type Session } from '../support/http.ts';
import { type PostgresProxy, startProxy } from '../support/postgres/proxy.ts';
import { type FreshSchema, freshSchema, hasPostgres } from '../support/postgres/stores.ts';
import { type ServerProcess, startServer } from '../support/process.ts';
import { until } from '../support/within.ts';

interface Context {
  schema: FreshSchema;
  /** Between PostgreSQL and the node that becomes late. */
  wire: PostgresProxy;
  other: ServerProcess;
  late: ServerProcess;
  atOther: Session;
  atLate: Session;
}

interface Readiness {
  readonly status: number;
  readonly observer: string;
  readonly reason?: string;
  readonly node: { readonly nodes: number; readonly commit: number; readonly trouble?: string };
}

interface Health {
  readonly type: string;
  readonly observer?: string;
  readonly code?: string;
  readonly reason?: string;
}

const UNREADABLE = 'what other nodes commit cannot be read from PostgreSQL now';
const LATE = /^what other nodes commit is announced here \d+\.\d s late$/;
/** A page takes two answers: late for more than a second, and never without one for so long that reading counts as failed. */
const SLOW_MS = 600;

const test = suite<Context>('a node whose tail is late');

test.before(async (context) => {
  context.schema = freshSchema();
  const target = new URL(context.schema.url);
  context.other = await serve(target.href);
  context.wire = await startProxy(Number(target.port));
  target.port = String(context.wire.port);
  context.late = await serve(target.href);
  context.atOther = await login(context.other.url, 'admin', 'pw', 'admin');
  context.atLate = await login(context.late.url, 'admin', 'pw', 'admin');
});
test.before.each((context) => {
  context.wire.holdTail(false);
  context.wire.slowTail(0);
  return isWell(context);
});
test.after(async ({ schema, wire, other, late }) => {
  await late?.kill();
  await other?.kill();
  await wire?.close();
  await schema.drop();
});

function serve(url: string): Promise<ServerProcess> {
  return startServer({
    HOSTBEAT_DATABASE_URL: url,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_HEALTH_INTERVAL: '1s',
  });
}

async function readiness({ url }: ServerProcess): Promise<Readiness> {
  const answer = await fetch(`${url}/readyz`);
  return { ...((await answer.json()) as Readiness), status: answer.status };
}

/** Both hear each other, and the one announces what the other does. */
function isWell({ other, late }: Context): Promise<void> {
  let seen: unknown;
  return until(
    () => `the node to be well: ${JSON.stringify(seen)}`,
    async () => {
      const [there, here] = [await readiness(other), await readiness(late)];
      seen = [there, here];
      return (
        here.status === 200 &&
        here.observer === 'ok' &&
        here.reason === undefined &&
        here.node.trouble === undefined &&
        here.node.nodes === 2 &&
        here.node.commit === there.node.commit
      );
    },
  );
}

/** One commit by the other node: a host that is new. */
async function commit({ atOther }: Context, host: string): Promise<void> {
  const { status, json } = await atOther.request('POST', '/v1/reports', { reports: [{ host }] });
  assert.is(status, 200, JSON.stringify(json));
}

/** A socket at the late node that follows `hosts`: its health frames, and the hosts of its events. */
async function follow({ late, atLate }: Context) {
  const socket = new WebSocket(`${late.url.replace('http', 'ws')}/v1/stream`, 'hostbeat.v1', {
    headers: { 'X-Auth-Token': atLate.token },
  });
  const health: Health[] = [];
  const hosts: string[] = [];
  await new Promise<void>((synced, failed) => {
    socket.on('open', () => socket.send('{"type":"subscribe","id":"s","stream":"hosts"}'));
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data));
      if (frame.type === 'synced') synced();
      if (frame.type === 'health') health.push(frame);
      if (frame.type === 'event') hosts.push(...frame.items.map(({ host }: { host: string }) => host));
    });
    socket.on('error', failed);
  });
  return { health, hosts, close: () => socket.terminate() };
}

async function metric({ url }: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

test('no answer to its reads: degraded with the reason in every place, then well', async (context) => {
  const { wire, late, atOther } = context;
  const watch = await follow(context);
  wire.holdTail(true);
  await commit(context, 'c1');
  let seen: Readiness | undefined;
  await until('the reason', async () => {
    seen = await readiness(late);
    return seen.reason === UNREADABLE && seen.node.trouble === UNREADABLE;
  });
  assert.equal([seen?.observer, seen?.status], ['degraded', 200], 'agents may still report here');
  await until('a health frame with the reason and its code', () =>
    watch.health.some((one) => one.reason === UNREADABLE && one.code === 'database'),
  );
  await until('a lag', async () => (await metric(late, 'hostbeat_node_tail_lag_seconds')) > 1);
  assert.is(await metric(late, 'hostbeat_node_troubled'), 1);
  await until('the other node to name it', async () => {
    const { json } = await atOther.request('GET', '/v1/nodes');
    return json.nodes.some(({ trouble }: { trouble: string | null }) => trouble === UNREADABLE);
  });
  assert.equal(watch.hosts, []);

  wire.holdTail(false);
  await isWell(context);
  await until('a health frame without a reason', () => {
    const last = watch.health.at(-1);
    return last?.observer === 'ok' && last.reason === undefined;
  });
  await until('what was kept back', () => watch.hosts.includes('c1'));
  assert.equal(watch.hosts, ['c1'], 'once');
  await until('no trouble', async () => (await metric(late, 'hostbeat_node_troubled')) === 0);
  watch.close();
});

test('late answers to its reads: degraded with how late it is, then well', async (context) => {
  const { wire, late } = context;
  wire.slowTail(SLOW_MS);
  let n = 0;
  let seen: Readiness | undefined;
  await until('how late it is', async () => {
    await commit(context, `c${n++}`);
    seen = await readiness(late);
    return LATE.test(seen.reason ?? '');
  });
  assert.is(seen?.observer, 'degraded');
  wire.slowTail(0);
  await isWell(context);
});

if (hasPostgres('a node whose tail is late')) test.run();
