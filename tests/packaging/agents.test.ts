import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeCertificate, type Pair } from '../support/certificate.ts';
import { until } from '../support/within.ts';

/** The agents that need no runtime of ours: a shell with curl, and Python alone. Both must do the same. */
const FOLDER = resolve(import.meta.dirname, '../../packaging/agent');
const AGENTS = {
  'hostbeat-agent.sh': { command: 'sh', needs: 'curl' },
  'hostbeat-agent.py': { command: 'python3', needs: 'python3' },
} as const;
const REPORTED = {
  accepted: 1,
  rejected: [],
  services: [
    {
      host: 'c1',
      binary: 'nova-compute',
      forced_down: false,
      disabled: false,
      interval_hint_ms: 200,
    },
  ],
};

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Posted {
  readonly token: string | undefined;
  readonly path: string | undefined;
  readonly body: { readonly reports: unknown[]; readonly goodbye?: unknown };
}

/** A server that keeps what it is sent, and gives every request the same answer, as soon as it may answer. */
async function siteThat(
  answer: Answer,
  mayAnswer: (count: number) => Promise<void> | void = () => undefined,
  tls?: Pair,
) {
  const posted: Posted[] = [];
  const waiting: (() => void)[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    posted.push({
      token: request.headers['x-auth-token'] as string | undefined,
      path: request.url,
      body: JSON.parse(text),
    });
    for (const wake of waiting.splice(0)) wake();
    await mayAnswer(posted.length);
    response.writeHead(answer.status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-agents-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'hba_test\n');
  chmodSync(tokenFile, 0o600);
  return {
    posted,
    environment: {
      PATH: process.env.PATH,
      HOSTBEAT_URL: `http${tls === undefined ? '' : 's'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
      HOSTBEAT_TOKEN_FILE: tokenFile,
      HOSTBEAT_HOST: 'c1',
    },
    /** Resolves when this number of requests has come. */
    async requests(count: number): Promise<void> {
      while (posted.length < count) await new Promise<void>((wake) => waiting.push(wake));
    },
    close() {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function start(agent: keyof typeof AGENTS, args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(AGENTS[agent].command, [join(FOLDER, agent), ...args], { env });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, said }));
  return { child, ended };
}

/** Prints what is sent to the socket that systemd would have; the shell's agent sends by a systemd-notify of the test's own. */
const LISTENER = `import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)`;
const NOTIFIER = `#!/bin/sh
exec python3 -c 'import os, socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto("\\n".join(sys.argv[1:]).encode(), os.environ["NOTIFY_SOCKET"])' "$@"
`;

async function listenAsSystemd() {
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-systemd-'));
  const path = join(folder, 'notify');
  writeFileSync(join(folder, 'systemd-notify'), NOTIFIER, { mode: 0o755 });
  const child = spawn('python3', ['-c', LISTENER, path]);
  let heard = '';
  child.stdout.on('data', (chunk) => {
    heard += chunk;
  });
  const hears = (words: RegExp) =>
    until(
      () => `${words} in ${heard}`,
      () => words.test(heard),
    );
  await hears(/^bound$/m);
  return {
    hears,
    environment: (PATH: string | undefined) => ({ NOTIFY_SOCKET: path, PATH: `${folder}:${PATH}` }),
    close() {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
}

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

for (const agent of ['hostbeat-agent.sh', 'hostbeat-agent.py'] as const) {
  const test = suite(agent);
  const promise = isThere(AGENTS[agent].needs) ? test : test.skip;

  promise('takes its settings from the environment, and its token from a file', async () => {
    const site = await siteThat({ status: 200, body: REPORTED });
    const { code } = await start(agent, ['--once'], { ...site.environment, HOSTBEAT_BINARY: 'cinder-volume' })
      .ended;
    site.close();
    assert.is(code, 0);
    assert.equal(site.posted, [
      {
        token: 'hba_test',
        path: '/v1/reports',
        body: { reports: [{ host: 'c1', binary: 'cinder-volume' }] },
      },
    ]);
  });

  promise('reports at the interval that the server asks for, and says goodbye on SIGTERM', async () => {
    let answerThird: () => void = () => undefined;
    const third = new Promise<void>((resolve) => {
      answerThird = resolve;
    });
    const site = await siteThat({ status: 200, body: REPORTED }, (count) =>
      count === 3 ? third : undefined,
    );
    const { child, ended } = start(agent, [], site.environment);
    await site.requests(3);
    child.kill('SIGTERM');
    answerThird();
    const { code } = await ended;
    site.close();
    assert.is(code, 0);
    assert.equal(site.posted.at(-1)?.body.goodbye, { reason: 'restart', ttl_ms: 30_000 });
  });

  promise('SIGHUP announces a restart, whatever SIGTERM would announce', async () => {
    const site = await siteThat({ status: 200, body: REPORTED });
    const { child, ended } = start(agent, [], { ...site.environment, HOSTBEAT_RESTART_TTL: '0' });
    await site.requests(2);
    child.kill('SIGHUP');
    assert.is((await ended).code, 0);
    site.close();
    assert.equal(site.posted.at(-1)?.body.goodbye, { reason: 'restart', ttl_ms: 30_000 });
  });

  promise('a renewed token is sent with the next report', async () => {
    const site = await siteThat({ status: 200, body: REPORTED });
    const { child, ended } = start(agent, [], site.environment);
    await site.requests(1);
    writeFileSync(site.environment.HOSTBEAT_TOKEN_FILE, 'hba_next\n');
    while (site.posted.at(-1)?.token !== 'hba_next') await site.requests(site.posted.length + 1);
    child.kill('SIGTERM');
    await ended;
    site.close();
  });

  promise('a renewed authority is trusted without a restart', async () => {
    const [own, other] = [makeCertificate('localhost'), makeCertificate('other')];
    if (own === undefined || other === undefined) return;
    const site = await siteThat({ status: 200, body: REPORTED }, undefined, own);
    const authority = `${site.environment.HOSTBEAT_TOKEN_FILE}.ca`;
    writeFileSync(authority, other.cert);
    const { child, ended } = start(agent, [], { ...site.environment, HOSTBEAT_CA_FILE: authority });
    await once(child.stderr, 'data');
    assert.equal(site.posted, []);
    writeFileSync(authority, own.cert);
    await site.requests(1);
    child.kill('SIGTERM');
    assert.match((await ended).said, 'cannot reach');
    site.close();
  });

  promise('systemd hears that it is ready, alive, what it does, and that it stops', async () => {
    const site = await siteThat({ status: 200, body: REPORTED });
    const systemd = await listenAsSystemd();
    const env = { ...site.environment, ...systemd.environment(site.environment.PATH) };
    const { child, ended } = start(agent, [], { ...env, WATCHDOG_USEC: '4000000' });
    await systemd.hears(/^READY=1[ \n]STATUS=starting$/m);
    await systemd.hears(/^STATUS=reporting c1 nova-compute to http/m);
    await systemd.hears(/^WATCHDOG=1$/m);
    child.kill('SIGTERM');
    await systemd.hears(/^STOPPING=1$/m);
    assert.is((await ended).code, 0);
    systemd.close();
    site.close();
  });

  promise('ends with 77 and names the file when the server refuses the token', async () => {
    const body = { error: { code: 'unauthenticated', message: 'the token is unknown' } };
    const site = await siteThat({ status: 401, body });
    const { code, said } = await start(agent, ['--once'], site.environment).ended;
    site.close();
    assert.is(code, 77);
    assert.match(said, site.environment.HOSTBEAT_TOKEN_FILE);
  });

  promise('ends with 69 when the server cannot be reached', async () => {
    const site = await siteThat({ status: 503, body: {} });
    const { code } = await start(agent, ['--once'], site.environment).ended;
    site.close();
    const away = await start(agent, ['--once'], { ...site.environment, HOSTBEAT_TOKEN_FILE: '/dev/null' })
      .ended;
    assert.is(code, 69);
    assert.is(away.code, 69);
  });

  promise('a report that is not answered goes to the next server, at the same interval', async () => {
    const silent = await siteThat({ status: 200, body: REPORTED }, () => new Promise(() => undefined));
    const page = await siteThat({ status: 200, body: '<html>Sign in</html>' });
    const moved = await siteThat({ status: 302, body: {} });
    const site = await siteThat({ status: 200, body: REPORTED });
    const urls = [silent, page, moved, site].map(({ environment }) => environment.HOSTBEAT_URL);
    const env = { ...site.environment, HOSTBEAT_URL: urls.join(','), HOSTBEAT_INTERVAL: '1' };
    const { child, ended } = start(agent, [], env);
    await site.requests(3);
    child.kill('SIGTERM');
    const { code, said } = await ended;
    const posts = [silent, page, moved].map(({ posted }) => posted.length);
    for (const each of [silent, page, moved, site]) each.close();
    assert.is(code, 0);
    assert.equal(posts, [1, 1, 1], 'it stays where it is answered');
    assert.match(said, `reporting c1 nova-compute to ${urls[3]}`);
    assert.equal(site.posted.at(-1)?.body.goodbye, { reason: 'restart', ttl_ms: 30_000 });
  });

  promise('a refusal by hostbeat itself is not asked for elsewhere', async () => {
    const site = await siteThat({ status: 403, body: { error: { code: 'forbidden', message: 'no' } } });
    const other = await siteThat({ status: 200, body: REPORTED });
    const both = `${site.environment.HOSTBEAT_URL},${other.environment.HOSTBEAT_URL}`;
    const { code } = await start(agent, ['--once'], { ...site.environment, HOSTBEAT_URL: both }).ended;
    site.close();
    other.close();
    assert.is(code, 77);
    assert.is(other.posted.length, 0);
  });

  promise('a node that cannot pass reports on is left for one that can', async () => {
    const cut = await siteThat({ status: 200, body: { ...REPORTED, degraded: true } });
    const site = await siteThat({ status: 200, body: REPORTED });
    const both = `${cut.environment.HOSTBEAT_URL},${site.environment.HOSTBEAT_URL}`;
    const { child, ended } = start(agent, [], { ...site.environment, HOSTBEAT_URL: both });
    await site.requests(2);
    child.kill('SIGTERM');
    await ended;
    cut.close();
    site.close();
    assert.is(cut.posted.length, 1);
  });

  promise('with --once every server is tried, and the last word is 69', async () => {
    const site = await siteThat({ status: 503, body: {} });
    const both = `http://127.0.0.1:9,${site.environment.HOSTBEAT_URL}`;
    const { code } = await start(agent, ['--once'], { ...site.environment, HOSTBEAT_URL: both }).ended;
    site.close();
    assert.is(code, 69);
    assert.is(site.posted.length, 1);
  });

  promise('does not report while its check fails', async () => {
    const site = await siteThat({ status: 200, body: REPORTED });
    const { code } = await start(agent, ['--once'], { ...site.environment, HOSTBEAT_CHECK: 'false' }).ended;
    site.close();
    assert.is(code, 75);
    assert.equal(site.posted, []);
  });

  promise('refuses to start without an address, and says which setting is missing', async () => {
    const site = await siteThat({ status: 200, body: REPORTED });
    const { HOSTBEAT_URL: _, ...rest } = site.environment;
    const { code, said } = await start(agent, ['--once'], rest).ended;
    site.close();
    assert.is(code, 2);
    assert.match(said, 'HOSTBEAT_URL');
  });

  test.run();
}
