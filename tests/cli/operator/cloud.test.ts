/** The commands of operators and owners on hosts and servers, against a real server. */
import { writeFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { EXIT } from '../../../server/cli/support/exit-codes.ts';
import { login } from '../../support/http.ts';
import { asAdmin, asAlice, cloudSuite, DEMO, folder, server, WORLD } from './world.ts';

const test = cloudSuite('operators and owners');

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

test('instances import shows some of very many refused lines, and counts the others', async () => {
  const file = `${folder.path}/refused.ndjson`;
  await writeFile(file, '{"id":"no"}\n'.repeat(1_500));
  const { code, stdout, stderr } = await asAdmin('instances', 'import', file);
  assert.is(code, EXIT.data);
  assert.match(stdout, '0 accepted, 1500 refused');
  assert.is(stderr.match(/line \d+:/g)?.length, 100);
  assert.match(stderr, 'and 1400 more lines');
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

test.run();
