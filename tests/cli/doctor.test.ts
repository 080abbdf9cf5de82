/** Every problem that the doctor finds comes with its fix. The test plays the unwell deployment. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { judgeCertificate } from '../../server/cli/doctor/certificate.ts';
import { run } from '../../server/cli/index.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { makeCertificate } from '../support/certificate.ts';
import { testTerminal } from './output/terminal.ts';

const test = suite('hostbeat doctor');

type Answers = Readonly<Record<string, readonly [status: number, body: unknown]>>;

const READY = { ready: true, database: 'ok', observer: 'ok' };
const SOUND: Answers = {
  '/': [200, { versions: [{ id: 'v2.1', version: '2.100' }] }],
  '/readyz': [200, READY],
  '/v2.1/servers': [200, { servers: [] }],
  '/identity/v3/auth/catalog': [404, {}],
  '/v2.1/servers/detail': [200, { servers: [{ host_status: 'UP' }, { host_status: '' }] }],
  '/v2.1/os-services': [200, { services: [{ host: 'c1', state: 'up', forced_down: false }] }],
};

/** What the doctor says of each thing. */
async function asked(answers: Answers, env: Record<string, string> = { HOSTBEAT_TOKEN: 'x' }) {
  const listener: RequestListener = (request, response) => {
    const [status, body] = { ...SOUND, ...answers }[request.url?.split('?')[0] ?? ''] ?? [404, {}];
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const terminal = testTerminal(env);
  try {
    const code = await run(['doctor', '--json', '--url', `http://127.0.0.1:${port}`], terminal);
    const { findings } = JSON.parse(terminal.stdout) as {
      findings: { check: string; verdict: string; words: string }[];
    };
    return { code, said: new Map(findings.map(({ check, ...found }) => [check, found])) };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const unwell = (status: number, readiness: object): Answers => ({
  '/readyz': [status, { ...READY, ...readiness }],
});

for (const [what, check, answers, repair] of [
  [
    'a disk that is full',
    'ready',
    unwell(503, { ready: false, database: 'failing', observer: 'degraded', reason: 'the disk is full' }),
    /the disk is full.*docs\/operations\.md/,
  ],
  ['a server on its way out', 'ready', unwell(503, { ready: false }), /has been started again/],
  [
    'a server that was paused',
    'ready',
    unwell(200, { observer: 'paused', reason: 'it was' }),
    /suspended machine/,
  ],
  [
    'a server that may be unable to receive',
    'ready',
    unwell(200, { observer: 'degraded', reason: 'it may be cut off' }),
    /cut off.*docs/,
  ],
  ['a path of its own', 'reach', { '/': [300, { choices: [] }] }, /name the server's own address by --url/],
  ['another program', 'reach', { '/': [200, { hello: 1 }] }, /--url/],
  [
    'a Nova that is too old',
    'reach',
    { '/': [200, { versions: [{ id: 'v2.1', version: '2.1' }] }] },
    /2\.16/,
  ],
  ['a proxy that has no /readyz', 'ready', { '/readyz': [200, 'hello'] }, /never gives/],
  ['a token that is not valid', 'login', { '/v2.1/servers': [401, {}] }, /HOSTBEAT_TOKEN/],
  [
    'a service that nobody starts',
    'services',
    { '/v2.1/os-services': [200, { services: [] }] },
    /hostbeat agent/,
  ],
  [
    'agents that reach nobody',
    'services',
    { '/v2.1/os-services': [200, { services: [{ host: 'c1', state: 'down' }] }] },
    /do the agents reach/,
  ],
  [
    'a host that is declared down and still alive',
    'services',
    {
      '/v2.1/os-services': [200, { services: [{ id: 'v1', host: 'c1', state: 'down', forced_down: true }] }],
      '/v1/services': [
        200,
        {
          services: [
            {
              uuid: 'v1',
              facts: { forced_down: true, live: true },
              heard_while_forced_down_at: '2026-01-01T00:00:00.000Z',
            },
          ],
          next: null,
        },
      ],
    },
    /still alive: the fence does not hold \(c1\)/,
  ],
  ['services that cannot be asked for', 'services', { '/v2.1/os-services': [503, {}] }, /503/],
  [
    'nodes of which none leads',
    'nodes',
    { '/v1/nodes': [200, { self: 1, nodes: [{ id: 1, name: 'm1', leads: false }] }] },
    /no node leads/,
  ],
  ['a proxy that lets no WebSocket through', 'stream', {}, /does a proxy let WebSockets through/],
] as const)
  test(`${what} is reported with the fix`, async () => {
    const { code, said } = await asked(answers);
    assert.is(code, EXIT.failed);
    assert.equal({ ...said.get(check), words: '' }, { verdict: 'wrong', words: '' });
    assert.match(said.get(check)?.words ?? '', repair);
  });

test('a finding that is not a fault is a note, with what to do', async () => {
  const silent = [
    { host: 'c1', state: 'down' },
    { host: 'c2', state: 'up' },
  ];
  const { said } = await asked({ '/v2.1/os-services': [200, { services: silent }] });
  assert.match(said.get('services')?.words ?? '', /1 silent \(c1\).*services delete/);
  assert.match(
    said.get('servers')?.words ?? '',
    /1 of 2 are on a host that no compute service reports for.*instances import/,
  );
});

for (const [count, hosts, words] of [
  [0, ['c1'], /one host.*HOSTBEAT_WITNESS/],
  [0, ['c1', 'c2'], /two hosts.*HOSTBEAT_WITNESS/],
  [0, ['c1', 'c2', 'c3'], /none is needed/],
  [2, ['c1'], /1 of 2 reachable/],
] as const)
  test(`${count} witnesses of ${hosts.length} hosts: ${words.source.slice(0, 20)}`, async () => {
    const { said } = await asked({
      '/metrics': [200, `hostbeat_witnesses ${count}\nhostbeat_witnesses_reachable ${count / 2}\n`],
      '/v2.1/os-services': [200, { services: hosts.map((host) => ({ host, state: 'up' })) }],
    });
    assert.match(said.get('witness')?.words ?? '', words);
    assert.is(said.get('witness')?.verdict, hosts.length < 3 ? 'note' : 'ok');
  });

test('a service that was never heard is counted apart from one that fell silent', async () => {
  const { said } = await asked({
    '/v2.1/os-services': [
      200,
      {
        services: ['c1', 'c2', 'c3'].map((host) => ({
          id: host,
          host,
          state: host === 'c1' ? 'up' : 'down',
        })),
      },
    ],
    '/v1/services': [200, { services: [{ uuid: 'c3', confidence: 'never_heard', facts: {} }], next: null }],
  });
  assert.match(said.get('services')?.words ?? '', /1 silent \(c2\), 1 never heard \(c3\)/);
});

test('servers whose project or host does not exist are named', async () => {
  const servers = [
    { id: 'a', name: 'sound', tenant_id: 'p1', host_status: 'UP', 'OS-EXT-SRV-ATTR:host': 'c1' },
    { id: 'b', name: 'adrift', tenant_id: 'p1', host_status: '', 'OS-EXT-SRV-ATTR:host': 'C1' },
    { id: 'c', name: 'orphan', tenant_id: 'p2', host_status: '', 'OS-EXT-SRV-ATTR:host': null },
  ];
  const { code, said } = await asked({
    '/v2.1/servers/detail': [200, { servers }],
    '/identity/v3/projects': [200, { projects: [{ id: 'p1' }] }],
  });
  assert.is(code, EXIT.failed);
  assert.match(said.get('places')?.words ?? '', /1 are on a host .*\(adrift on C1\).*\(orphan of p2\)/);
  const elsewhere = await asked({ '/v2.1/servers/detail': [200, { servers: servers.slice(0, 1) }] });
  assert.match(elsewhere.said.get('places')?.words ?? '', '1 servers, each with a host that is known');
});

test('hosts that differ only by case or domain are named together', async () => {
  const services = ['c1', 'C1.example.org', 'c2', '10.0.0.1', '10.0.0.2'].map((host) => ({
    host,
    state: 'up',
  }));
  const { said } = await asked({ '/v2.1/os-services': [200, { services }] });
  assert.match(said.get('names')?.words ?? '', /two names\? c1 and C1\.example\.org: /);
});

test('the size of the write-ahead log is printed, and what to do about a large one', async () => {
  const log = (bytes: number) => asked({ '/metrics': [200, `x 1\nhostbeat_database_wal_bytes ${bytes}\n`] });
  assert.match((await log(4_194_304)).said.get('database')?.words ?? '', /4\.0 MiB$/);
  assert.match((await log(300 * 2 ** 20)).said.get('database')?.words ?? '', /300\.0 MiB.*read transaction/);
  assert.match((await asked({})).said.get('database')?.words ?? '', 'do not include');
});

test('a database that another program locks is named, and no identity endpoint blamed', async () => {
  const reason = 'another program has locked the database; nothing can be recorded until it releases it';
  const env = { OS_USERNAME: 'a', OS_PASSWORD: 'b', OS_PROJECT_NAME: 'c' };
  const { said } = await asked(
    {
      ...unwell(503, { ready: false, database: 'failing', reason }),
      '/identity/v3/auth/tokens': [503, { error: { code: 503, message: 'not now' } }],
    },
    env,
  );
  for (const check of ['ready', 'login']) assert.match(said.get(check)?.words ?? '', reason);
  assert.not.match(said.get('login')?.words ?? '', 'identity v3 endpoint');
});

test('a caller who is not an operator is not shown services; no fault is reported', async () => {
  const { said } = await asked({ '/v2.1/os-services': [403, {}] });
  assert.match(said.get('services')?.words ?? '', /not an operator's/);
});

test('a caller who may not see nodes, and a server without nodes, is not a fault', async () => {
  for (const answer of [
    [403, {}],
    [404, {}],
    [200, { self: null, nodes: [] }],
  ] as const) {
    const { said } = await asked({ '/v1/nodes': answer });
    assert.is(said.get('nodes')?.verdict, 'skipped', `${answer[0]}`);
  }
});

test('without credentials it looks at what needs none', async () => {
  const { code, said } = await asked({}, {});
  assert.is(code, EXIT.ok);
  assert.match(said.get('login')?.words ?? '', /OS_USERNAME/);
});

const pair = makeCertificate('localhost', 90);
(pair === undefined ? test.skip : test)('the time that a certificate has left is printed', async () => {
  const server = createTlsServer({ ...pair }, (_request, response) => response.end('{}')).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const certificateOf = async (url: string) => {
    const terminal = testTerminal({});
    await run(['doctor', '--json', '--url', url], terminal);
    const { findings } = JSON.parse(terminal.stdout) as { findings: { check: string; words: string }[] };
    return findings.find(({ check }) => check === 'certificate');
  };
  try {
    const found = await certificateOf(`https://127.0.0.1:${port}`);
    assert.match(JSON.stringify(found), /"verdict":"ok".*valid for 8\d days more/);
    assert.match(JSON.stringify(await certificateOf('http://127.0.0.1:1')), /"skipped"/);
    assert.match(JSON.stringify(await certificateOf('https://127.0.0.1:1')), /shows no certificate/);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('a certificate that ends soon is a note, one that has ended is wrong', () => {
  const day = 86_400_000;
  const validity = { from: 0, until: 90 * day };
  const verdicts = [-1, 10 * day, 80 * day, 90 * day].map((now) => judgeCertificate(validity, now).verdict);
  assert.equal(verdicts, ['wrong', 'ok', 'note', 'wrong']);
});

test.run();
