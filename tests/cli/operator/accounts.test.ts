/** Commands on users, tokens and the whole deployment, against a real server. */
import { writeFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { run } from '../../../server/cli/index.ts';
import { EXIT } from '../../../server/cli/support/exit-codes.ts';
import { freePort } from '../../support/free-port.ts';
import { runHostbeat } from '../../support/process.ts';
import { testTerminal } from '../output/terminal.ts';
import { as, asAdmin, asAlice, cloudSuite, database, folder, server } from './world.ts';

const test = cloudSuite('accounts and deployment');

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

test('a command that needs the file says how to do it through the running server', async () => {
  const { code, stderr } = await runHostbeat(['token', 'issue', '--host', 'c1', '--offline'], {
    ...database,
    HOSTBEAT_URL: '',
  });
  assert.is(code, EXIT.tryAgain);
  assert.match(stderr, 'leave --offline out');
});

test.run();
