/** The commands of operators and owners against a real server that holds a small cloud. */
import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../../server/cli/index.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { freePort } from '../support/free-port.ts';
import { login } from '../support/http.ts';
import { runHostbeat, type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { testTerminal } from './output/terminal.ts';

const DEMO = 'a0000000000000000000000000000002';
const WORLD = {
  projects: [
    { id: 'a0000000000000000000000000000001', name: 'admin' },
    { id: DEMO, name: 'demo' },
  ],
  users: [
    { name: 'admin', password: 'adminpw', roles: [{ project: 'admin', role: 'admin' }] },
    { name: 'alice', password: 'alicepw', roles: [{ project: 'demo', role: 'member' }] },
  ],
  services: [
    { host: 'c1', binary: 'nova-compute', live: true },
    { host: 'c2', binary: 'nova-compute', live: false },
  ],
  instances: [
    { id: '11111111-1111-4111-8111-111111111111', name: 'vm-1', project_id: DEMO, host: 'c1' },
    { id: '22222222-2222-4222-8222-222222222222', name: 'vm-2', project_id: DEMO, host: 'c2' },
  ],
};

const folder = await temporaryFolder();
const database = { HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/cloud.db` };
let server: ServerProcess;

const test = suite('operators and owners');

test.before(async () => {
  const file = `${folder.path}/world.json`;
  await writeFile(file, JSON.stringify(WORLD));
  const seeded = await runHostbeat(['seed', file, '--offline'], { ...database, HOSTBEAT_URL: '' });
  assert.is(seeded.code, 0, seeded.stderr);
  assert.match(seeded.stdout, '2 projects, 2 users; services: 2 added');
  server = await startServer({
    ...database,
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    HOSTBEAT_REPORT_INTERVAL: '600',
  });
});

test.after(async () => {
  await server?.stop();
  await folder[Symbol.asyncDispose]();
});

/** Tokens by user: a login is made expensive on purpose. */
const tokens = new Map<string, string>();

/** Runs as a user, with the variables that openstackclient reads and no other. */
async function as(user: string, project: string, ...args: string[]) {
  const token = tokens.get(user) ?? (await login(server.url, user, `${user}pw`, project)).token;
  tokens.set(user, token);
  const terminal = testTerminal({ OS_AUTH_URL: `${server.url}/identity/v3`, OS_TOKEN: token });
  const code = await run(args, terminal);
  assert.match(terminal.stdout, /^$|\n$/, `${args.join(' ')} ends its last line`);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

const asAdmin = (...args: string[]) => as('admin', 'admin', ...args);
const asAlice = (...args: string[]) => as('alice', 'demo', ...args);

test('services list shows every service, as a table and as JSON', async () => {
  const shown = await asAdmin('services', 'list');
  assert.is(shown.code, EXIT.ok, shown.stderr);
  assert.match(shown.stdout, /^HOST +BINARY/);
  assert.match(shown.stdout, /c1 +nova-compute +nova +enabled +up/);
  const json = await asAdmin('services', 'list', '--host', 'c2', '--json');
  assert.equal(
    JSON.parse(json.stdout).map((service: { host: string; state: string }) => [service.host, service.state]),
    [['c2', 'down']],
  );
  assert.is(JSON.parse(json.stdout)[0].evidence, 'none');
  assert.match(shown.stdout, /c2 +nova-compute +nova +enabled +down +none/);
  assert.match((await asAdmin('services', 'show', 'c2')).stdout, /evidence +none/);
});

test('a switch is turned by the name of the host, and owners see it', async () => {
  const status = async () => {
    const { stdout } = await asAlice('instances', 'list', '--json');
    const servers = JSON.parse(stdout) as { name: string; host_status: string }[];
    return servers.find(({ name }) => name === 'vm-1')?.host_status;
  };
  assert.is((await asAdmin('services', 'disable', 'c1', '--reason', 'new memory')).code, EXIT.ok);
  assert.is(await status(), 'MAINTENANCE');
  assert.match((await asAdmin('services', 'list')).stdout, /\dZ +\d+ s +new memory/);
  assert.is((await asAdmin('services', 'enable', 'c1')).code, EXIT.ok);
  const why = ['--reason', 'power cut by the BMC', '--fence', 'confirmed'];
  assert.match(
    (await asAdmin('services', 'force-down', 'c1', ...why)).stdout,
    'DOWN, forced_down, fence confirmed',
  );
  assert.is(await status(), 'DOWN');
  assert.match((await asAdmin('services', 'list')).stdout, 'forced_down, fence confirmed');
  const [fenced] = JSON.parse((await asAdmin('services', 'list', '--host', 'c1', '--json')).stdout);
  assert.is(fenced.fence, 'confirmed');
  const shown = (await asAdmin('services', 'show', 'c1')).stdout;
  assert.match(shown, /forced_down_reason +power cut by the BMC/);
  assert.match(shown, /forced_down_by +admin\n/);
  assert.match(shown, /forced_down_at +\S+Z \(\d+ s\)\n/);
  const explained = (await asAdmin('explain', 'c1')).stdout;
  assert.match(explained, /declared down at \S+Z \(\d+ s\) by admin /);
  assert.match(explained, /MAINTENANCE -> \w+, enabled/);
  assert.match(explained, 'to project demo (1 server)');
  assert.is((await asAdmin('services', 'force-down', 'c1', '--undo', '--fence', 'none')).code, EXIT.usage);
  assert.is((await asAdmin('services', 'force-down', 'c1', '--undo')).code, EXIT.ok);
  assert.is(await status(), 'UP');
  const kept = JSON.parse((await asAdmin('audit', '--subject', 'service:c1/nova-compute', '--json')).stdout);
  assert.equal(
    kept.map(({ action }: { action: string }) => action),
    ['service.lift_force_down', 'service.force_down', 'service.enable', 'service.disable'],
  );
  assert.ok(kept.every(({ from }: { from: string }) => from === '127.0.0.1'));
  const since = ['audit', '--since', '2000-01-01T00:00:00Z', '--json', '--until'];
  assert.equal(JSON.parse((await asAdmin(...since, '2000-01-02T00:00:00Z')).stdout), []);
  const wrong = await asAdmin('audit', '--since', 'yesterday');
  assert.is(wrong.code, EXIT.usage);
  assert.match(wrong.stderr, '--since (yesterday) must be a time such as');
  assert.match((await asAdmin('audit', '--since', '1h', '--limit', '1')).stdout, /^AT.*\n20/);
  assert.match((await asAdmin('audit', '--limit', '2')).stdout, /fence: "confirmed" -> "none"/);
});

test('a host that is forced down and reports again is listed as still alive', async () => {
  assert.is((await asAdmin('services', 'force-down', 'c1')).code, EXIT.ok);
  assert.match((await asAdmin('services', 'list')).stdout, /c1 .* forced_down /);
  const admin = await login(server.url, 'admin', 'adminpw', 'admin');
  const reports = [{ host: 'c1', binary: 'nova-compute' }];
  assert.is((await admin.request('POST', '/v1/reports', { reports })).status, 200);
  assert.match((await asAdmin('services', 'list')).stdout, /c1 .* still alive: the fence does not hold /);
  const [service] = JSON.parse((await asAdmin('services', 'list', '--host', 'c1', '--json')).stdout);
  assert.is(service.still_alive, true);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^hostbeat_broken_fences 1$/m);
  assert.is((await asAdmin('services', 'force-down', 'c1', '--undo')).code, EXIT.ok);
  assert.not.match((await asAdmin('services', 'list')).stdout, 'still alive');
  assert.match(await (await fetch(`${server.url}/metrics`)).text(), /^hostbeat_broken_fences 0$/m);
});

test('a service that does not exist or is in use is not deleted, with the reason', async () => {
  const unknown = await asAdmin('services', 'delete', 'nowhere');
  assert.is(unknown.code, EXIT.failed);
  assert.match(unknown.stderr, 'no service nova-compute on host nowhere');
  const used = await asAdmin('services', 'delete', 'c1');
  assert.is(used.code, EXIT.failed);
  assert.match(used.stderr, '409');
});

test('lists have short ids for people and whole ones for programs, and take both back', async () => {
  const { stdout } = await asAlice('instances', 'list');
  assert.match(stdout, /^ID +NAME +PROJECT +STATUS +HOST STATUS +HOST\n/);
  assert.match(stdout, /^11111111 {2}vm-1/m);
  const whole = '11111111-1111-4111-8111-111111111111';
  assert.match((await asAlice('instances', 'list', '--json')).stdout, whole);
  for (const given of ['11111111', whole, whole.toUpperCase(), 'vm-1']) {
    const shown = await asAlice('instances', 'show', given, '--json');
    assert.is(shown.code, EXIT.ok, shown.stderr);
    assert.is(JSON.parse(shown.stdout).id, whole);
  }
  assert.match((await asAlice('history', '11111111')).stdout, /^AT +AGE +KIND/);
});

test('a command says on standard error which server it acts on', async () => {
  for (const args of [['services', 'list'], ['watch', '--once'], ['doctor'], ['audit'], ['hosts', 'list']])
    assert.match((await asAdmin(...args)).stderr, `hostbeat: server ${server.url} (OS_AUTH_URL)\n`);
});

test('the audit log and the history name who acted', async () => {
  assert.is((await asAdmin('services', 'disable', 'c1')).code, EXIT.ok);
  assert.is((await asAdmin('services', 'enable', 'c1')).code, EXIT.ok);
  assert.match(
    (await asAdmin('audit', '--limit', '2')).stdout,
    /^AT +AGE +ACTOR +ADDRESS.*\n\S+ +\d+ s +admin /,
  );
});

test('an owner turns no switches', async () => {
  const { code, stderr } = await asAlice('services', 'force-down', 'c1');
  assert.is(code, EXIT.noPermission);
  assert.match(stderr, 'not allowed');
});

test('instances import registers servers line by line, and names the refused lines', async () => {
  const file = `${folder.path}/servers.ndjson`;
  const id = '33333333-3333-4333-8333-333333333333';
  const good = JSON.stringify({ id, name: 'vm-3', project_id: DEMO, host: 'c1' });
  await writeFile(file, `${good}\n\n{"id":"no"}\n`);
  const { code, stdout, stderr } = await asAdmin('instances', 'import', file);
  assert.is(code, EXIT.data);
  assert.match(stdout, '1 accepted, 1 refused');
  assert.match(stderr, 'line 3:');
  assert.match((await asAlice('instances', 'list')).stdout, /vm-3 +\S+ +ACTIVE +UP/);
  await writeFile(file, `${good}\n`);
  assert.is((await asAdmin('instances', 'import', file)).code, EXIT.ok);
});

test('watch --once shows an owner its own servers and nothing of hosts', async () => {
  const { code, stdout } = await asAlice('watch', '--once');
  assert.is(code, EXIT.ok);
  assert.match(stdout, /UP +vm-1/);
  assert.match(stdout, /UNKNOWN +vm-2/);
  assert.not.match(stdout, /\bc1\b|\bc2\b/);
  const items = (await asAlice('watch', '--once', '--json')).stdout.trim().split('\n');
  assert.is(JSON.parse(items.at(-1) ?? '').type, 'snapshot');
});

test('a server, a project and an actor can be given by name wherever their id can', async () => {
  const shown = await asAlice('watch', '--once', '--plain', '--server', 'vm-1');
  assert.match(shown.stdout, /UP +vm-1/, shown.stderr);
  assert.not.match(shown.stdout, /vm-2/);
  const missing = await asAlice('watch', '--once', '--server', 'vm-9');
  assert.is(missing.code, EXIT.failed);
  assert.match(missing.stderr, /no server "vm-9"/);
  assert.match((await asAdmin('watch', '--once', '--project', 'demo')).stdout, /vm-1/);

  const added = await asAlice('key', 'add', '--name', 'by-name', '--server', 'vm-1', '--json');
  assert.equal(JSON.parse(added.stdout).servers, [WORLD.instances[0]?.id], added.stderr);
  const unknown = await asAlice('key', 'add', '--name', 'nothing', '--server', 'vm-9');
  assert.is(unknown.code, EXIT.failed, 'a key that follows nothing would be found out in the fault');
  const webhook = ['webhooks', 'add', 'https://hooks.example.org/in', '--server', 'vm-2', '--json'];
  const made = await asAlice(...webhook);
  assert.equal(JSON.parse(made.stdout).servers, [WORLD.instances[1]?.id], made.stderr);

  const listed = await asAdmin('audit', '--actor', 'alice', '--action', 'watch_key.create');
  assert.match(listed.stdout, /alice +\S+ +watch_key\.create/);
  const hook = JSON.parse(made.stdout);
  assert.is(
    (await asAlice('webhooks', 'remove', hook.id.slice(0, 8))).stdout,
    `webhook (${hook.id}): removed\n`,
  );
  const key = JSON.parse(added.stdout);
  assert.is((await asAlice('key', 'revoke', 'by-name')).stdout, `by-name (${key.id}): revoked\n`);

  assert.match((await asAdmin('instances', 'list', '--project', 'demo')).stdout, /vm-1 +demo/);
  assert.is((await asAdmin('instances', 'list', '--project', 'nowhere')).code, EXIT.failed);
  assert.is((await asAdmin('instances', 'move', 'vm-1', 'c2')).code, EXIT.ok);
  assert.is((await asAdmin('instances', 'move', 'vm-1', 'c1')).code, EXIT.ok);
  const moved = await asAdmin('audit', '--subject', 'instance:vm-1');
  assert.match(moved.stdout, /instance\.move +instance:11111111 /);
});

test('watch --hosts is for operators', async () => {
  const shown = await asAdmin('watch', '--once', '--hosts');
  assert.match(shown.stdout, /UNKNOWN +c2 nova-compute/);
  const refused = await asAlice('watch', '--once', '--hosts');
  assert.is(refused.code, EXIT.noPermission);
});

test('a user made through the server can log in', async () => {
  const password = `${folder.path}/carolpw`;
  await writeFile(password, 'carolpw\n');
  const args = ['user', 'add', 'carol', '--project', 'demo', '--role', 'reader', '--password-file', password];
  const added = await asAdmin(...args, '--url', server.url);
  assert.is(added.code, EXIT.ok, added.stderr);
  assert.not.match(added.stdout, 'carolpw');
  assert.match((await as('carol', 'demo', 'instances', 'list')).stdout, 'vm-1');
  assert.match((await asAdmin('user', 'list', '--url', server.url)).stdout, 'carol');
  const again = await asAdmin(...args, '--url', server.url);
  assert.is(again.code, EXIT.failed, 'a password is not changed by accident');
  assert.match(again.stderr, 'hostbeat user passwd');
  for (const more of [
    ['user', 'grant', 'carol', '--project', 'demo', '--role', 'member'],
    ['user', 'revoke', 'carol', '--project', 'demo', '--role', 'member'],
    ['user', 'passwd', 'carol', '--password-file', password],
    ['project', 'add', 'lab'],
    ['instances', 'add', 'vm-new', '--project', 'lab', '--host', 'c1'],
    ['instances', 'move', 'vm-new', 'c2'],
    ['instances', 'show', 'vm-new'],
    ['history', 'vm-new'],
    ['maintenance', 'start', 'c1', '--reason', 'new memory'],
    ['maintenance', 'end', 'c1'],
    ['instances', 'delete', 'vm-new'],
    ['user', 'delete', 'carol'],
  ]) {
    const { code, stderr } = await asAdmin(...more, '--url', server.url);
    assert.is(code, EXIT.ok, `${more.join(' ')}: ${stderr}`);
    assert.match(stderr, `hostbeat: server ${server.url} (--url)`);
  }
  for (const list of [
    ['user'],
    ['project'],
    ['instances'],
    ['hosts'],
    ['maintenance'],
    ['services'],
    ['webhooks'],
    ['token'],
  ]) {
    const { code, stdout, stderr } = await asAdmin(...list, 'list', '--json', '--url', server.url);
    assert.is(code, EXIT.ok, stderr);
    assert.ok(Array.isArray(JSON.parse(stdout)), list.join(' '));
  }
});

test("an agent's token reports its own host, until it is revoked", async () => {
  const issued = await asAdmin('token', 'issue', '--host', 'c1', '--url', server.url, '--json');
  assert.is(issued.code, EXIT.ok, issued.stderr);
  const { id, token } = JSON.parse(issued.stdout);
  const report = async (host: string) => {
    const terminal = testTerminal({ HOSTBEAT_AGENT_TOKEN: token, HOSTBEAT_URL: server.url });
    return run(['agent', '--once', '--host', host], terminal);
  };
  assert.is(await report('c1'), EXIT.ok);
  assert.is(await report('c2'), EXIT.failed);
  assert.match((await asAdmin('token', 'list', '--url', server.url)).stdout, id.slice(0, 8));
  const shown = id.slice(0, 8);
  const revoked = await asAdmin('token', 'revoke', shown, '--url', server.url);
  assert.is(revoked.stdout, `c1 (${id}): revoked\n`, 'given as it is shown, named whole');
  const kept = JSON.parse((await asAdmin('audit', '--subject', `agent-token:${id}`, '--json')).stdout);
  assert.equal(
    kept.map(({ action }: { action: string }) => action),
    ['agent_token.revoke', 'agent_token.issue'],
  );
  assert.not(JSON.stringify(kept).includes(token));
  const refused = JSON.parse((await asAdmin('audit', '--action', 'report.refused', '--json')).stdout);
  assert.is(refused[0]?.subject, 'service:c2/nova-compute');
  assert.is(await report('c1'), EXIT.noPermission);
});

test("a user's token is issued by logging in, and revoked by itself", async () => {
  const credentials = { OS_USERNAME: 'alice', OS_PASSWORD: 'alicepw', OS_PROJECT_NAME: 'demo' };
  const issuing = testTerminal({ ...credentials, HOSTBEAT_URL: server.url });
  assert.is(await run(['token', 'issue'], issuing), EXIT.ok, issuing.stderr);
  const { stdout } = issuing;
  const terminal = () => testTerminal({ HOSTBEAT_TOKEN: stdout.trim(), HOSTBEAT_URL: server.url });
  assert.is(await run(['instances', 'list'], terminal()), EXIT.ok);
  const file = `${folder.path}/token`;
  await writeFile(file, stdout);
  assert.is(await run(['token', 'revoke', '--file', file], terminal()), EXIT.ok);
  assert.is(await run(['instances', 'list'], terminal()), EXIT.noPermission);
});

test('a seed goes through a running server too, and is idempotent', async () => {
  const file = `${folder.path}/world.json`;
  const again = await asAdmin('seed', file, '--url', server.url);
  assert.is(again.code, EXIT.ok, again.stderr);
  assert.match(again.stdout, 'services: 0 added');
  assert.is((await asAlice('seed', file, '--url', server.url)).code, EXIT.noPermission);
  await writeFile(`${folder.path}/bad.json`, '{"servers": []}');
  const bad = await asAdmin('seed', `${folder.path}/bad.json`, '--url', server.url);
  assert.is(bad.code, EXIT.data);
  assert.not.match(again.stdout + again.stderr, 'adminpw');
  assert.match(bad.stderr, 'servers');
});

test('doctor finds a healthy deployment healthy, as operator and as owner', async () => {
  for (const found of [await asAdmin('doctor'), await asAlice('doctor')]) {
    assert.is(found.code, EXIT.ok, found.stdout);
    assert.match(found.stdout, /ok +reach/);
    assert.match(found.stdout, /ok +stream/);
  }
  const { findings } = JSON.parse((await asAdmin('doctor', '--json')).stdout);
  assert.is(
    findings.find(({ check }: { check: string }) => check === 'services').verdict,
    'note',
    'c2 is silent',
  );
});

test('a wrong password, a wrong token and an absent server have different exit codes', async () => {
  const url = server.url;
  const wrong = testTerminal({
    HOSTBEAT_URL: url,
    OS_USERNAME: 'alice',
    OS_PASSWORD: 'no',
    OS_PROJECT_NAME: 'demo',
  });
  assert.is(await run(['instances', 'list'], wrong), EXIT.noPermission);
  assert.match(wrong.stderr, 'OS_PASSWORD');
  assert.is(
    await run(['services', 'list'], testTerminal({ HOSTBEAT_URL: url, HOSTBEAT_TOKEN: 'x' })),
    EXIT.noPermission,
  );
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const away = testTerminal({ HOSTBEAT_URL: nobody, HOSTBEAT_TOKEN: 'x' });
  assert.is(await run(['services', 'list'], away), EXIT.unavailable);
  assert.match(away.stderr, `cannot reach ${nobody} (ECONNREFUSED)`);
  assert.is(await run(['doctor'], away), EXIT.failed);
  assert.is(await run(['watch'], away), EXIT.unavailable, 'at its start it does not wait');
  const unknown = testTerminal({ HOSTBEAT_URL: url, HOSTBEAT_TOKEN: 'x' });
  assert.is(await run(['watch'], unknown), EXIT.noPermission);
  assert.match(unknown.stderr, 'set HOSTBEAT_TOKEN');
  assert.is(await run(['services', 'list'], testTerminal({ HOSTBEAT_URL: url })), EXIT.config);
  const noUrl = testTerminal({ HOSTBEAT_URL: 'cloud.example', HOSTBEAT_TOKEN: 'x' });
  assert.is(await run(['services', 'list'], noUrl), EXIT.config);
  assert.match(noUrl.stderr, 'HOSTBEAT_URL must be an http or https URL');
});

test('what needs the database file says how to do it through the server that uses it', async () => {
  const { code, stderr } = await runHostbeat(['token', 'issue', '--host', 'c1', '--offline'], {
    ...database,
    HOSTBEAT_URL: '',
  });
  assert.is(code, EXIT.tryAgain);
  assert.match(stderr, 'leave --offline out');
});

test.run();
