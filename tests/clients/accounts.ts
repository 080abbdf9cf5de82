/**
 * Debian's openstackclient, unmodified, keeps the accounts of the embedded identity.
 * Needs `openstack` on the PATH: apt-get install python3-openstackclient
 */
import '../../server/runtime/supported.mjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login } from '../support/http.ts';
import { runCommand, type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { openstackEnv } from './environment.ts';
import { session } from './session.ts';

const folder = await temporaryFolder();
let server: ServerProcess;

const test = suite('accounts by an unmodified client');

test.before(async () => {
  server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/accounts.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'adminpw',
  });
});

test.after(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const asked = (user: string, project: string, commands: readonly string[]) =>
  session(folder.path, openstackEnv(`${server.url}/identity/v3`, user, `${user}pw`, project), commands);

test('projects, users and roles are made, changed, found and deleted', async () => {
  const { printed, errors } = await asked('admin', 'admin', [
    'project create ops --description operators -f json',
    'project set ops --name operations --disable --description hidden',
    'project show operations -f json',
    'project set operations --enable',
    'user create carol --project operations --password first --email c@example.com -f json',
    'user set carol --password carolpw --description hers',
    'user show carol -f json',
    'role create painter --description paints -f json',
    'role set painter --name decorator',
    'role show decorator -f json',
    'role add --user carol --project operations member',
    'role add --user carol --system all reader',
    'role assignment list --user carol --names -f json',
    'role assignment list --user carol --project operations --effective --names -f json',
    'role remove --user carol --system all reader',
    'user list --project operations -f json',
    'project create operations --or-show -f json',
    'role delete decorator',
    'project list -f json',
    'project list --tags nosuch -f json',
    'role assignment list --inherited -f json',
  ]);
  assert.is(errors, '');
  const [made, hidden, carol, hers, painter, decorator, given, effective, members, shown, ...lists] = printed;
  const [projects, tagged, inherited] = lists;
  assert.equal([tagged, inherited], [[], []]);
  assert.equal([made.name, made.description, made.enabled], ['ops', 'operators', true]);
  assert.equal([hidden.id, hidden.name, hidden.enabled], [made.id, 'operations', false]);
  assert.equal([carol.default_project_id, carol.email], [made.id, 'c@example.com']);
  assert.equal([hers.id, hers.description], [carol.id, 'hers']);
  assert.equal([decorator.id, decorator.description], [painter.id, 'paints']);
  const rows = (list: Record<string, string>[]) =>
    list.map((row) => [row.Role, row.User, row.Project || row.System]).sort();
  assert.equal(rows(given), [
    ['member', 'carol@Default', 'operations@Default'],
    ['reader', 'carol@Default', 'all'],
  ]);
  assert.equal(
    rows(effective).map(([role]) => role),
    ['member', 'reader'],
  );
  assert.equal(
    members.map((row: Record<string, string>) => row.Name),
    ['carol'],
  );
  assert.is(shown.id, made.id);
  assert.equal(
    projects.map((row: Record<string, string>) => row.Name),
    ['admin', 'operations'],
  );
});

test('a user makes application credentials for programs', async () => {
  const { printed, errors } = await asked('carol', 'operations', [
    'application credential create bot --role member --expiration 2035-01-31T12:00:00 -f json',
    'application credential create free --secret chosen --unrestricted -f json',
    'application credential list -f json',
    'application credential show bot -f json',
    'application credential delete free',
    'application credential list -f json',
    'catalog list -f json',
  ]);
  assert.is(errors, '');
  const [bot, free, two, shown, one, catalog] = printed;
  assert.equal(
    [bot.roles, bot.unrestricted, bot.expires_at],
    ['member', false, '2035-01-31T12:00:00.000000'],
  );
  assert.equal([free.secret, free.unrestricted], ['chosen', true]);
  assert.equal([two.length, shown.id, one.length, one[0].Name], [2, bot.id, 1, 'bot']);
  assert.equal(catalog.map((row: Record<string, string>) => row.Type).sort(), [
    'compute',
    'identity',
    'image',
  ]);
  const { code, stdout, stderr } = await runCommand('openstack', ['token', 'issue', '-f', 'json'], {
    OS_AUTH_TYPE: 'v3applicationcredential',
    OS_AUTH_URL: `${server.url}/identity/v3`,
    OS_APPLICATION_CREDENTIAL_ID: bot.id,
    OS_APPLICATION_CREDENTIAL_SECRET: bot.secret,
  });
  assert.is(code, 0, stderr);
  assert.is(JSON.parse(stdout).project_id, bot.project_id);
});

test('the catalog is listed, a token is revoked, and a disabled user is out', async () => {
  const carol = await login(server.url, 'carol', 'carolpw', 'operations');
  const { printed, errors } = await asked('admin', 'admin', [
    'service list -f json',
    'endpoint list --service identity --interface public -f json',
    'region list -f json',
    'domain list -f json',
    `token revoke ${carol.token}`,
    'user set carol --disable',
    'user list --long -f json',
    'user delete carol',
    'project delete operations',
    'project show operations -f json',
  ]);
  assert.match(errors, /^No project with a name or ID of 'operations' exists\.\s*$/);
  const [services, endpoints, regions, domains, users] = printed;
  assert.equal(services.map((row: Record<string, string>) => row.Type).sort(), [
    'compute',
    'identity',
    'image',
  ]);
  assert.equal(
    endpoints.map((row: Record<string, string>) => row.URL),
    [`${server.url}/identity/v3`],
  );
  assert.equal([regions.length, domains.length], [1, 1]);
  assert.is(users.find((row: Record<string, unknown>) => row.Name === 'carol').Enabled, false);
  assert.is((await carol.request('GET', '/v2.1/servers')).status, 401);
});

test.run();
