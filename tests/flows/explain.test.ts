/** Whole processes: each thing that can happen to a host has its explanation, and owners see theirs alone. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServerExplanation, ServiceExplanation } from '../../server/api/answers/explain.ts';
import { login, type Session } from '../support/http.ts';
import {
  hostbeat,
  runHostbeat,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from '../support/process.ts';
import { until } from '../support/within.ts';

const test = suite('explanations of a running server');

const VM = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const REPORTERS = ['c1', 'c2', 'c3', 'c4', 'c5', 'killed', 'leaving'];

/** Posts for many hosts; `stop` leaves some out. */
class Reporter {
  readonly #hosts = new Set<string>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(session: () => Session, hosts: readonly string[]) {
    for (const host of hosts) this.#hosts.add(host);
    this.#timer = setInterval(() => void this.#report(session()), 400);
    this.#timer.unref();
  }

  start(...hosts: string[]): void {
    for (const host of hosts) this.#hosts.add(host);
  }

  stop(...hosts: string[]): void {
    for (const host of hosts) this.#hosts.delete(host);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #report(session: Session): Promise<void> {
    if (this.#hosts.size === 0) return;
    const reports = [...this.#hosts].map((host) => ({ host }));
    await session.request('POST', '/v1/reports', { reports }).catch(() => undefined);
  }
}

test('each has its verdict, none contradicts the log, and a restart loses none', async () => {
  await using folder = await temporaryFolder();
  const env = {
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/explain.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3',
    HOSTBEAT_REPORT_INTERVAL: '0.5',
    HOSTBEAT_FLAP_DAMPING: 'false',
  };
  await writeFile(
    `${folder.path}/seed.json`,
    JSON.stringify({
      projects: [
        { id: 'p1', name: 'p1' },
        { id: 'p2', name: 'p2' },
      ],
      users: ['p1', 'p2'].map((name) => ({
        name,
        password: 'pw',
        roles: [{ project: name, role: 'member' }],
      })),
      services: ['never', 'c1'].map((host) => ({ host, binary: 'nova-compute', live: false })),
      instances: [{ id: VM, name: 'vm', project_id: 'p1', host: 'c1' }],
    }),
  );
  const seeded = await runHostbeat(['seed', `${folder.path}/seed.json`, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  let server: ServerProcess = await startServer(env);
  let admin = await login(server.url, 'admin', 'pw', 'admin');
  const children: ChildProcess[] = [];
  const agent = (host: string) => {
    const child = hostbeat(['agent', '--url', server.url, '--host', host, '--interval', '0.5'], {
      HOSTBEAT_TOKEN: admin.token,
    });
    child.stdout?.resume();
    child.stderr?.resume();
    children.push(child);
    return child;
  };
  const uuidOf = async (host: string) => {
    const { json } = await admin.request('GET', `/v1/services?host=${host}`);
    return json.services[0]?.uuid as string;
  };
  const explained = async (host: string, at?: string): Promise<ServiceExplanation> => {
    const query = at === undefined ? '' : `?at=${encodeURIComponent(at)}`;
    const { status, json } = await admin.request('GET', `/v1/services/${await uuidOf(host)}/explain${query}`);
    assert.is(status, 200, JSON.stringify(json));
    const [newest] = json.changes;
    if (newest !== undefined) assert.is(json.host_status, newest.to, `${host} contradicts the log`);
    return json;
  };
  const becomes = async (host: string, status: string) => {
    await until(`${host} to be ${status}`, async () => (await explained(host)).host_status === status);
    return explained(host);
  };
  const areLive = (hosts: readonly string[]) =>
    until(`${hosts.join(', ')} to report`, async () => {
      const { json } = await admin.request('GET', '/v1/services');
      return hosts.every((host) =>
        json.services.some(
          (one: { host: string; facts: { live: boolean } }) => one.host === host && one.facts.live,
        ),
      );
    });
  const codeOf = async (host: string) => (await explained(host)).verdict.code;
  const reporter = new Reporter(() => admin, ['c1', 'c2', 'c3', 'c4', 'c5']);
  try {
    const [killed, leaving] = ['killed', 'leaving'].map(agent);
    await areLive(REPORTERS);
    assert.is(await codeOf('never'), 'never_reported');
    await until('c2 to report as usual', async () => {
      const { verdict, now } = await explained('c2');
      return verdict.code === 'reporting' && (now?.arrivals.length ?? 0) > 0;
    });
    assert.is((await explained('c2')).now?.connected, false);

    const before = new Date(Date.now() - 3_600_000).toISOString();
    assert.is((await explained('c2', before)).verdict.code, 'not_there_yet');

    killed?.kill('SIGKILL');
    const closed = await becomes('killed', 'UNKNOWN');
    assert.is(closed.verdict.code, 'agent_connection_closed');
    assert.is(closed.silence?.connection.evidence, 'closed');
    assert.is(closed.silence?.at, closed.changes[0]?.at);
    assert.is(closed.deliveries?.streams[0]?.project_id, null);

    leaving?.kill('SIGTERM');
    assert.is((await becomes('leaving', 'UNKNOWN')).verdict.code, 'agent_goodbye');

    const owner = await login(server.url, 'p1', 'pw', 'p1');
    reporter.stop('c1');
    const stopped = await becomes('c1', 'UNKNOWN');
    assert.is(stopped.verdict.code, 'reports_stopped');
    assert.is(stopped.verdict.doubtful, false);
    assert.ok((stopped.silence?.late_ms ?? -1) >= 0 && stopped.silence?.others?.heard === true);
    assert.equal(
      stopped.deliveries?.streams.map(({ project_id, servers }) => [project_id, servers]),
      [
        [null, 1],
        ['p1', 1],
      ],
    );
    const silentAt = stopped.changes[0]?.at as string;

    const own = await owner.request('GET', `/v1/explain?server=${VM}`);
    const server1: ServerExplanation = own.json;
    assert.equal(
      [own.status, server1.host_status, server1.verdict.code],
      [200, 'UNKNOWN', 'reports_stopped'],
    );
    assert.is(server1.changes[0]?.at, silentAt);
    assert.not.match(JSON.stringify(server1), /"c1"|c1 |zone|nova-compute|"p2"/);
    const other = await login(server.url, 'p2', 'pw', 'p2');
    for (const path of [`/v1/explain?server=${VM}`, '/v1/explain?server=no-such'])
      assert.is((await other.request('GET', path)).status, 404);
    assert.is((await owner.request('GET', `/v1/services/${await uuidOf('c1')}/explain`)).status, 403);
    for (const at of ['yesterday', '2026-13-40T00:00:00Z', '9999-01-01T00:00:00Z', '']) {
      const query = `at=${encodeURIComponent(at)}`;
      assert.is((await owner.request('GET', `/v1/explain?server=${VM}&${query}`)).status, 400, at);
      const path = `/v1/services/${await uuidOf('c1')}/explain?${query}`;
      assert.is((await admin.request('GET', path)).status, 400, at);
    }

    reporter.start('c1');
    const back = await becomes('c1', 'UP');
    assert.equal([back.verdict.code, back.verdict.after], ['returned', 'reports_stopped']);
    assert.is((await explained('c1', silentAt)).verdict.code, 'reports_stopped');

    const put = async (host: string, body: object) =>
      assert.is((await admin.request('PUT', `/v1/services/${await uuidOf(host)}`, body)).status, 200);
    await put('c5', { forced_down: true });
    await until('the report of a fenced host', async () => (await codeOf('c5')) === 'forced_down_and_heard');
    await put('c5', { forced_down: false });
    assert.is(await codeOf('c5'), 'switched_back');
    await put('killed', { forced_down: true, forced_down_reason: 'no power' });
    const down = await explained('killed');
    assert.is(down.verdict.code, 'forced_down');
    assert.match(down.verdict.text, /no power/);
    const disabled = await runHostbeat(['services', 'disable', 'c4', '--url', server.url], {
      HOSTBEAT_TOKEN: admin.token,
    });
    assert.is(disabled.code, 0, disabled.stderr);
    assert.is(await codeOf('c4'), 'disabled');

    // The command, as an operator and as an owner.
    const cli = (args: readonly string[], token: string) =>
      runHostbeat(['explain', ...args, '--url', server.url], { HOSTBEAT_TOKEN: token });
    const asOperator = await cli(['killed'], admin.token);
    assert.match(asOperator.stdout, /killed \(nova-compute, zone .*DOWN[\s\S]*\[forced_down\]/);
    const ofServer = await cli([VM, '--at', silentAt, '--json'], admin.token);
    assert.is(JSON.parse(ofServer.stdout).service.host, 'c1');
    const asOwner = await cli(['vm', '--at', silentAt], owner.token);
    assert.match(
      asOwner.stdout,
      /^vm \(.*UNKNOWN[\s\S]*Its host was called UNKNOWN[\s\S]*\[reports_stopped\]/,
    );
    assert.is((await cli(['nothing'], admin.token)).code, 1);
    assert.is((await cli(['killed', '--at', 'soon'], admin.token)).code, 2);

    // Everybody at once: it asks itself whether it can receive, and says that it may not have been able to.
    reporter.stop('c1', 'c2', 'c3', 'c4', 'c5');
    const many = await becomes('c2', 'UNKNOWN');
    assert.is(many.verdict.code, 'many_at_once');
    assert.ok(many.verdict.doubtful, many.verdict.text);
    assert.ok(many.observer.some(({ code }) => code === 'maybe_deaf'));
    reporter.start('c1', 'c2', 'c3', 'c4', 'c5');
    await areLive(['c1', 'c2', 'c3', 'c4', 'c5']);

    await server.kill();
    reporter.stop('c3');
    server = await startServer(env);
    admin = await login(server.url, 'admin', 'pw', 'admin');
    assert.is(await codeOf('c3'), 'unheard_yet');
    assert.is((await explained('c1', silentAt)).verdict.code, 'reports_stopped');
    assert.ok((await explained('c1', silentAt)).silence !== null, 'the record outlived the process');
    const late = await becomes('c3', 'UNKNOWN');
    assert.is(late.verdict.code, 'not_heard_since_start');
    assert.ok(late.observer.some(({ state }) => state === 'started'));
  } finally {
    reporter.end();
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await server.stop();
  }
});

test.run();
