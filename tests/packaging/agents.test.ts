import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** The agents that need no runtime of ours: a shell with curl, and Python alone. Both must do the same. */
const FOLDER = resolve(import.meta.dirname, '../../packaging/agent');
const AGENTS = {
  'hostbeat-agent.sh': { command: 'sh', needs: ['curl', '--version'] },
  'hostbeat-agent.py': { command: 'python3', needs: ['python3', '--version'] },
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

/** A server that keeps what it is sent, and gives every request the same answer. */
async function siteThat(answer: Answer) {
  const posted: Posted[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    posted.push({
      token: request.headers['x-auth-token'] as string | undefined,
      path: request.url,
      body: JSON.parse(text),
    });
    response.writeHead(answer.status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer.body));
    for (const wake of waiting.splice(0)) wake();
  });
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
      HOSTBEAT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      HOSTBEAT_TOKEN_FILE: tokenFile,
      HOSTBEAT_HOST: 'c1',
    },
    /** Resolves when so many requests have come. */
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

function isThere([command, argument]: readonly [string, string]): boolean {
  try {
    execFileSync(command, [argument], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

for (const [agent, { needs }] of Object.entries(AGENTS) as [
  keyof typeof AGENTS,
  { needs: [string, string] },
][]) {
  const test = suite(agent);
  const promise = isThere(needs) ? test : test.skip;

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
    const site = await siteThat({ status: 200, body: REPORTED });
    const { child, ended } = start(agent, [], site.environment);
    await site.requests(3);
    child.kill('SIGTERM');
    const { code } = await ended;
    site.close();
    assert.is(code, 0);
    assert.equal(site.posted.at(-1)?.body.goodbye, { reason: 'restart', ttl_ms: 30_000 });
  });

  promise('ends with 77 and names the file when the server refuses the token', async () => {
    const body = { error: { code: 'unauthenticated', message: 'the token is unknown' } };
    const site = await siteThat({ status: 401, body });
    const { code, said } = await start(agent, ['--once'], site.environment).ended;
    site.close();
    assert.is(code, 77);
    assert.match(said, site.environment.HOSTBEAT_TOKEN_FILE);
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
