/** The agent as a process of its own, against a server whose every word the test decides. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostbeat, runHostbeat, temporaryFolder } from '../../support/process.ts';
import { signal } from '../signal.ts';
import { Arrivals, type ScriptedServer, startScripted } from './scripted-server.ts';

const test = suite('hostbeat agent');

interface RunningAgent extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly lines: Arrivals<string>;
  /** All that it said, so far. */
  readonly said: readonly string[];
  readonly ended: Promise<number | null>;
}

/** Only what a test gives is in its environment. */
const CLEAN = {
  HOSTBEAT_URL: '',
  HOSTBEAT_TOKEN: '',
  HOSTBEAT_AGENT_TOKEN: '',
  OS_AUTH_URL: '',
  OS_TOKEN: '',
  OS_USERNAME: '',
  OS_PASSWORD: '',
};

function startAgent(
  server: ScriptedServer,
  args: readonly string[],
  env: Record<string, string> = {},
): RunningAgent {
  const child = hostbeat(['agent', '--url', server.url, ...args], {
    ...CLEAN,
    HOSTBEAT_AGENT_TOKEN: 'secret-of-the-agent',
    ...env,
  });
  const lines = new Arrivals<string>();
  const said: string[] = [];
  if (child.stderr !== null)
    createInterface({ input: child.stderr }).on('line', (line) => {
      // What it acts on is said once, before anything happens.
      if (line === `hostbeat: server ${server.url} (--url)`) return;
      said.push(line);
      lines.push(line);
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    process: child,
    lines,
    said,
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

test('every host and binary is reported over one socket, with the token in a header', async () => {
  await using server = await startScripted({ hintMs: 100 });
  await using agent = startAgent(server, [
    '--host',
    'c1',
    '--host',
    'c2',
    '--binary',
    'nova-compute',
    '--binary',
    'ovn',
  ]);
  const connection = await server.connections.next('a connection');
  assert.is(connection.token, 'secret-of-the-agent');
  assert.is(connection.request.url, '/v1/agent');
  for (let count = 0; count < 3; count++) {
    const frame = await connection.frames.next('a report');
    assert.is(frame.type, 'report');
    assert.equal(frame.type === 'report' && frame.reports, [
      { host: 'c1', binary: 'nova-compute' },
      { host: 'c1', binary: 'ovn' },
      { host: 'c2', binary: 'nova-compute' },
      { host: 'c2', binary: 'ovn' },
    ]);
  }
  assert.equal(agent.said, ['hostbeat agent: reporting 4 services']);
  assert.not.ok(agent.process.spawnargs.join(' ').includes('secret-of-the-agent'));
});

for (const { name, args, goodbye } of [
  { name: 'SIGTERM', args: [], goodbye: { type: 'goodbye', reason: 'shutdown' } },
  { name: 'SIGINT', args: [], goodbye: { type: 'goodbye', reason: 'shutdown' } },
  { name: 'SIGHUP', args: [], goodbye: { type: 'goodbye', reason: 'restart', ttl_ms: 30_000 } },
  {
    name: 'SIGTERM',
    args: ['--restart-ttl', '5s'],
    goodbye: { type: 'goodbye', reason: 'restart', ttl_ms: 5_000 },
  },
] as const)
  test(`${name} ${args.join(' ')} says goodbye (${goodbye.reason}) and ends with 0`, async () => {
    await using server = await startScripted();
    await using agent = startAgent(server, ['--host', 'c1', ...args]);
    const connection = await server.connections.next('a connection');
    await connection.frames.next('a report');
    await agent.lines.next('that it reports');
    signal(agent.process, name);
    assert.equal(await connection.frames.next('a goodbye'), goodbye);
    assert.is(await connection.closed, 1000);
    assert.is(await agent.ended, 0);
  });

test('a signal ends an agent that cannot reach its server, too', async () => {
  await using server = await startScripted({ refuse: 503 });
  await using agent = startAgent(server, ['--host', 'c1']);
  await server.refusals.next('an attempt');
  await agent.lines.next('that it is lost');
  signal(agent.process, 'SIGTERM');
  assert.is(await agent.ended, 0);
});

test('a broken connection is reopened, with one line at loss and one at return', async () => {
  await using server = await startScripted();
  await using agent = startAgent(server, ['--host', 'c1']);
  for (let round = 0; round < 2; round++) {
    const connection = await server.connections.next('a connection');
    await connection.frames.next('a report');
    assert.match(await agent.lines.next('that it reports'), 'reporting c1 nova-compute');
    server.script.refuse = 503;
    connection.drop();
    assert.match(await agent.lines.next('that it is lost'), 'keeps trying');
    for (let attempt = 0; attempt < 3; attempt++) await server.refusals.next('another attempt');
    server.script.refuse = undefined;
  }
  await server.connections.next('the last connection');
  await agent.lines.next('that it reports');
  assert.is(agent.said.length, 5, agent.said.join('\n'));
});

test('an absent server and one that does not know us are two different problems', async () => {
  await using server = await startScripted({ refuse: 503 });
  await using agent = startAgent(server, ['--host', 'c1']);
  assert.match(await agent.lines.next('that it is lost'), 'answers 503');
  server.script.refuse = 401;
  assert.match(await agent.lines.next('that it is refused'), 'does not accept our credentials (401)');
});

test('an agent whose output pipe is closed continues to report', async () => {
  await using server = await startScripted({ hintMs: 100 });
  await using agent = startAgent(server, ['--host', 'c1']);
  const connection = await server.connections.next('a connection');
  await agent.lines.next('that it reports');
  agent.process.stderr?.destroy();
  // It says something of each of these.
  for (const forced_down of [true, false, true])
    connection.send({ type: 'service', host: 'c1', binary: 'nova-compute', forced_down, disabled: false });
  connection.drop();
  const again = await server.connections.next('another connection');
  await again.frames.next('a report');
});

test('an agent does not give up when its credentials are refused', async () => {
  await using server = await startScripted({ refuse: 401 });
  await using agent = startAgent(server, ['--host', 'c1']);
  await server.refusals.next('an attempt');
  assert.match(await agent.lines.next('a line'), 'does not accept our credentials (401)');
  await server.refusals.next('another attempt');
  server.script.refuse = undefined;
  const connection = await server.connections.next('a connection');
  await connection.frames.next('a report');
});

test('a server that takes reports and never answers is left for a new connection', async () => {
  await using server = await startScripted({ mute: true, hintMs: 1_000 });
  await using agent = startAgent(server, ['--host', 'c1']);
  const silent = await server.connections.next('a connection');
  await silent.frames.next('a report');
  server.script.mute = false;
  const next = await server.connections.next('a second connection');
  await next.frames.next('a report');
  assert.match(await agent.lines.next('a line'), 'no answer to a report');
  assert.match(await agent.lines.next('a line'), 'reporting');
});

test('a fence is reported at once, by a line and by the command, without our secrets', async () => {
  await using folder = await temporaryFolder();
  await using server = await startScripted();
  const file = `${folder.path}/fenced`;
  const command = `echo "$HOSTBEAT_HOST $HOSTBEAT_BINARY [$HOSTBEAT_AGENT_TOKEN]" >> ${file}; echo done >&2`;
  await using agent = startAgent(server, ['--host', 'c1', '--on-fenced', command]);
  const connection = await server.connections.next('a connection');
  await connection.frames.next('a report');
  await agent.lines.next('that it reports');
  const service = {
    type: 'service',
    host: 'c1',
    binary: 'nova-compute',
    disabled: false,
    interval_hint_ms: 60_000,
  };
  connection.send({ ...service, forced_down: true });
  connection.send({ ...service, forced_down: true });
  assert.match(await agent.lines.next('that it is fenced'), 'c1 nova-compute is fenced');
  assert.is(await agent.lines.next('that the command ran'), 'done');
  assert.is(await readFile(file, 'utf8'), 'c1 nova-compute []\n');
  connection.send({ ...service, forced_down: false });
  assert.match(await agent.lines.next('that it is released'), 'no longer fenced');
});

test('it reports while its check holds, and only then', async () => {
  await using folder = await temporaryFolder();
  await using server = await startScripted();
  // A check may take half of it.
  server.script.hintMs = 2_000;
  const file = `${folder.path}/well`;
  await using agent = startAgent(server, ['--host', 'c1', '--check', `command:test -e ${file}`]);
  const connection = await server.connections.next('a connection');
  assert.match(
    await agent.lines.next('that it does not report'),
    'does not report: the command ended with 1',
  );
  await writeFile(file, '');
  await connection.frames.next('a report');
  assert.match(await agent.lines.next('that it reports again'), 'every check passes');
});

test('a rejected host is reported once, and again when that changes', async () => {
  await using server = await startScripted({ reject: 'host: not yours', hintMs: 100 });
  await using agent = startAgent(server, ['--host', 'c1', '--interval', '100ms']);
  const connection = await server.connections.next('a connection');
  assert.match(await agent.lines.next('a rejection'), 'c1 nova-compute is rejected: host: not yours');
  for (let count = 0; count < 4; count++) await connection.frames.next('a report');
  assert.match(await agent.lines.next('a line'), 'reports nothing: the server rejects c1 nova-compute');
  server.script.reject = undefined;
  assert.match(await agent.lines.next('a line'), 'accepted again');
  assert.match(await agent.lines.next('a line'), 'reporting c1 nova-compute');
});

test('over http every report is a POST, and a server in trouble is tried again', async () => {
  await using server = await startScripted({ hintMs: 100 });
  await using agent = startAgent(server, ['--host', 'c1', '--transport', 'http']);
  const first = await server.posts.next('a report');
  assert.is(first.token, 'secret-of-the-agent');
  assert.equal(first.reports, [{ host: 'c1', binary: 'nova-compute' }]);
  await server.posts.next('a second report');
  server.script.refuse = 503;
  await server.refusals.next('an attempt');
  await server.refusals.next('another attempt');
  server.script.refuse = undefined;
  await server.posts.next('a report');
  assert.match(await agent.lines.next('a line'), 'reporting');
  assert.match(await agent.lines.next('a line'), 'answers 503');
  assert.match(await agent.lines.next('a line'), 'reporting');
  signal(agent.process, 'SIGTERM');
  assert.is(await agent.ended, 0);
});

test('with a name and a password it logs in, and again when the token has expired', async () => {
  await using server = await startScripted();
  const env = { HOSTBEAT_AGENT_TOKEN: '', OS_USERNAME: 'ops', OS_PASSWORD: 'pw', OS_PROJECT_NAME: 'admin' };
  await using _agent = startAgent(server, ['--host', 'c1'], env);
  assert.equal(await server.logins.next('a login'), {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'ops', domain: { id: 'default' }, password: 'pw' } },
      },
      scope: { project: { name: 'admin', domain: { id: 'default' } } },
    },
  });
  const first = await server.connections.next('a connection');
  assert.is(first.token, 'token-1');
  await first.frames.next('a report');
  first.close(4103);
  const second = await server.connections.next('a second connection');
  assert.is(second.token, 'token-2');
});

test('it changes to a new connection before its token expires, without a gap', async () => {
  await using server = await startScripted({ tokenLifetimeMs: 2_000, hintMs: 100 });
  const env = { HOSTBEAT_AGENT_TOKEN: '', OS_USERNAME: 'ops', OS_PASSWORD: 'pw', OS_PROJECT_NAME: 'admin' };
  await using agent = startAgent(server, ['--host', 'c1'], env);
  const first = await server.connections.next('a connection');
  assert.is(first.token, 'token-1');
  let closed = false;
  void first.closed.then(() => {
    closed = true;
  });
  const second = await server.connections.next('a second connection');
  assert.is(second.token, 'token-2');
  assert.is(closed, false, 'the old one is still there when the new one comes');
  assert.is(await first.closed, 1000);
  assert.is((await second.frames.next('a report')).type, 'report');
  assert.equal(agent.said, ['hostbeat agent: reporting c1 nova-compute']);
});

test('the token file is read again for every connection', async () => {
  await using folder = await temporaryFolder();
  await using server = await startScripted();
  const file = `${folder.path}/token`;
  await writeFile(file, 'first\n');
  await using _agent = startAgent(server, ['--host', 'c1', '--token-file', file]);
  const connection = await server.connections.next('a connection');
  assert.is(connection.token, 'first');
  await writeFile(file, 'second\n');
  connection.drop();
  assert.is((await server.connections.next('a second connection')).token, 'second');
});

test('--once reports once, and its exit code says how it went', async () => {
  await using server = await startScripted();
  const env = { ...CLEAN, HOSTBEAT_AGENT_TOKEN: 't', HOSTBEAT_URL: server.url };
  for (const transport of ['socket', 'http']) {
    const args = ['agent', '--once', '--host', 'c1', '--transport', transport];
    server.script.reject = undefined;
    server.script.refuse = undefined;
    assert.is((await runHostbeat(args, env)).code, 0);
    server.script.reject = 'not your host';
    const rejected = await runHostbeat(args, env);
    assert.is(rejected.code, 1);
    assert.match(rejected.stderr, 'not your host');
    assert.not.match(rejected.stderr, /reporting/);
    server.script.refuse = 401;
    assert.is((await runHostbeat(args, env)).code, 77);
    server.script.page = '<html>Sign in to the hotel</html>';
    const between = await runHostbeat(args, env);
    assert.is(between.code, 69, 'what is not in the words of hostbeat is an outage');
    assert.match(between.stderr, 'is a proxy in between?');
    server.script.refuse = 302;
    assert.match(
      (await runHostbeat(args, env)).stderr,
      /redirect to http:\/\/127\.0\.0\.1:9\/, which is not followed/,
    );
    server.script.page = undefined;
  }
  const away = await runHostbeat(['agent', '--once', '--url', 'http://127.0.0.1:9'], env);
  assert.is(away.code, 69);
  assert.match(away.stderr, 'cannot reach http://127.0.0.1:9');
});

test('without credentials, and with a host that cannot be one, it says what to do', async () => {
  const bare = await runHostbeat(['agent'], CLEAN);
  assert.is(bare.code, 78);
  assert.match(bare.stderr, 'HOSTBEAT_AGENT_TOKEN');
  const bad = await runHostbeat(['agent', '--host', 'c 1'], CLEAN);
  assert.is(bad.code, 2);
  assert.match(bad.stderr, '--host');
});

test.run();
