/**
 * The Debian packages of `npm run build` on a Debian that boots systemd: installed, used, upgraded, removed and purged.
 * Needs a machine that may run containers, and apt-get install podman runc netavark mmdebstrap dpkg
 */
import '../../server/runtime/supported.mjs';
import { randomBytes } from 'node:crypto';
import { link, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../../package.json' with { type: 'json' };
import { buildAgentPackage, buildServerPackage } from '../../packaging/debian/build.ts';
import { runCommand, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';
import { debianSystem, must, noEngine } from './system.ts';

const dist = resolve(import.meta.dirname, '../../dist');
const machine = `hostbeat-debian-${randomBytes(4).toString('hex')}`;
const { version } = manifest;
/** The folder may have packages for other machines too. */
const server = `hostbeat_${version}_${process.arch === 'x64' ? 'amd64' : process.arch}.deb`;
const next = `${version}+next`;
/** What an operator has in the environment; the generated password is in a file. */
const ADMIN = `export HOSTBEAT_URL=http://127.0.0.1:8774 OS_USERNAME=admin OS_PROJECT_NAME=admin
export OS_PASSWORD=$(cat /var/lib/hostbeat/hostbeat-admin-password);`;
const SERVER = '5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a01';

/** A command line on the machine. */
const on = (line: string) => must('podman', ['exec', machine, 'sh', '-ec', line]);
const says = async (line: string) => (await runCommand('podman', ['exec', machine, 'sh', '-c', line])).stdout;
const isActive = async (unit: string) => (await says(`systemctl is-active ${unit}`)).trim();
const watched = () => says('cat /tmp/watched');
/** The owner's program has printed this. */
async function watches(word: string): Promise<void> {
  let seen = '';
  const printed = async () => {
    seen = await watched();
    return seen.includes(word);
  };
  await until(() => `${word} in what the owner saw: ${seen}`, printed);
}

const test = suite('Debian packages');
const folder = await temporaryFolder();

async function boot(): Promise<void> {
  const system = await debianSystem();
  const architecture = process.arch as 'x64' | 'arm64';
  // The next release differs by its version alone.
  await link(
    join(dist, `hostbeat-linux-${architecture}`),
    join(folder.path, `hostbeat-linux-${architecture}`),
  );
  await buildServerPackage(folder.path, architecture, next);
  await buildAgentPackage(folder.path, next);
  const limits = ['--ulimit=nofile=4096:4096', '--ulimit=nproc=1000:1000'];
  const volumes = [`--volume=${dist}:/packages:ro`, `--volume=${folder.path}:/next:ro`];
  await must('podman', [
    '--runtime=runc',
    'run',
    '--detach',
    `--name=${machine}`,
    '--hostname=compute-1',
    '--systemd=always',
    // To give the agent its token, systemd mounts a file system.
    '--cap-add=SYS_ADMIN',
    '--network=none',
    ...limits,
    ...volumes,
    system,
    '/lib/systemd/systemd',
  ]);
  await until('systemd', async () => (await says('systemctl is-system-running')).trim() === 'running');
  // As on a machine of its own; without it units do not see what systemd mounts for them.
  await on('mount --make-rshared /');
}

test.after(async () => {
  await runCommand('podman', ['rm', '--force', '--volumes', machine]);
  await folder[Symbol.asyncDispose]();
});

test('systemd is there to install them on', boot);

test('one build after another gives the same package', async () => {
  const sums: string[] = [];
  for (const name of ['first', 'second']) {
    await mkdir(join(folder.path, name));
    const [sum = ''] = (await must('sha256sum', [await buildAgentPackage(join(folder.path, name))])).split(
      ' ',
    );
    sums.push(sum);
  }
  assert.is(sums[1], sums[0]);
});

test('the server runs once it is installed; an agent waits for its token', async () => {
  await on(`dpkg --force-unsafe-io -i /packages/${server} /packages/hostbeat-agent_${version}_all.deb`);
  await until('an answer', async () => (await says(`${ADMIN} hostbeat services list`)).includes('HOST'));
  assert.is(await isActive('hostbeat'), 'active');
  assert.is(await on('stat -c %U /proc/$(systemctl show -p MainPID --value hostbeat)'), 'hostbeat');
  await on('systemctl reload hostbeat');
  assert.is(await isActive('hostbeat'), 'active');
  assert.is(await isActive('hostbeat-agent'), 'inactive');
  assert.is(await on('systemctl list-units --failed --plain --no-legend'), '');
});

test('systemd understands the units, and finds them well closed', async () => {
  for (const unit of ['hostbeat.service', 'hostbeat-agent.service']) {
    assert.is(await on(`systemd-analyze verify --man=no ${unit} 2>&1`), '', unit);
    // Tenths of an exposure, of which 100 is the worst.
    await on(
      `systemd-analyze security --offline=true --threshold=20 --no-pager /usr/lib/systemd/system/${unit}`,
    );
  }
});

test('with a token the agent reports, and an owner receives the first push', async () => {
  await on(`${ADMIN} umask 077; hostbeat token issue --host compute-1 > /etc/hostbeat/agent-token
    echo HOSTBEAT_URL=http://127.0.0.1:8774 >> /etc/hostbeat/agent.env
    systemctl restart hostbeat-agent`);
  await until('a report', async () => (await says(`${ADMIN} hostbeat services list`)).includes('compute-1'));
  await on(`${ADMIN} hostbeat instances add db --id ${SERVER} --project admin --host compute-1`);
  const watch = `${ADMIN} exec hostbeat watch --plain > /tmp/watched 2>&1`;
  await must('podman', ['exec', '--detach', machine, 'sh', '-c', watch]);
  await watches(SERVER);
  await on(`${ADMIN} hostbeat services force-down compute-1`);
  await watches('DOWN');
});

/** How systemd counts: starts of its own making since the unit was started by a person. */
const restarts = async (unit: string) => Number(await on(`systemctl show -p NRestarts --value ${unit}`));
const mainOf = (unit: string) => on(`systemctl show -p MainPID --value ${unit}`);

test('systemd restarts a hung process, and not one that pauses shortly', async () => {
  for (const unit of ['hostbeat', 'hostbeat-agent']) {
    await on(`mkdir -p /run/systemd/system/${unit}.service.d
      printf '[Service]\\nWatchdogSec=6\\n' > /run/systemd/system/${unit}.service.d/watchdog.conf
      systemctl daemon-reload && systemctl restart ${unit}`);
    const [main, before] = [await mainOf(unit), await restarts(unit)];
    await on(`kill -STOP ${main}; sleep 2; kill -CONT ${main}`);
    assert.is(await mainOf(unit), main, `${unit}: a pause of two seconds`);
    await on(`kill -STOP ${main}`);
    await until(`${unit} to be started again`, async () => (await restarts(unit)) === before + 1);
    await until(unit, async () => (await isActive(unit)) === 'active');
    assert.match(await on(`journalctl -u ${unit} -n 50 --no-pager`), /Watchdog timeout/);
    await on(
      `rm -r /run/systemd/system/${unit}.service.d && systemctl daemon-reload && systemctl restart ${unit}`,
    );
  }
});

test('the agent takes up a renewed token by a reload, and no host is called silent', async () => {
  const main = await mainOf('hostbeat-agent');
  await on(`${ADMIN} hostbeat token issue --host compute-1 > /etc/hostbeat/agent-token`);
  await on('systemctl reload hostbeat-agent');
  await until('another process', async () => ![main, '0'].includes(await mainOf('hostbeat-agent')));
  await until('its report', async () =>
    (await says('systemctl status hostbeat-agent')).includes('reporting compute-1'),
  );
  assert.not.match(await watched(), 'UNKNOWN');
});

test('an upgrade copies the database, keeps settings, and loses no client', async () => {
  await on('echo "# mine" >> /etc/hostbeat/hostbeat.env');
  const before = await on('systemctl show -p MainPID --value hostbeat');
  await on(`dpkg --force-unsafe-io -i /next/hostbeat_*.deb /next/hostbeat-agent_*.deb`);
  assert.is.not(await on('systemctl show -p MainPID --value hostbeat'), before);
  assert.is(await on('hostbeat --version'), version);
  assert.match(await on('cat /etc/hostbeat/hostbeat.env'), '# mine');
  assert.is(await on('ls /var/lib/hostbeat/backups'), `before-upgrade-from-${version}.db`);
  await until('the new one', async () =>
    (await says(`${ADMIN} hostbeat services list`)).includes('compute-1'),
  );
  await on(`${ADMIN} hostbeat services force-down --undo compute-1`);
  await watches('force_down_lifted');
  assert.not.match(await watched(), 'UNKNOWN', 'the agent was never called silent');
});

test('a lost password is replaced, and a copy is made, as the page says', async () => {
  const as = 'runuser -u hostbeat -- hostbeat';
  const of = '--database-url sqlite:/var/lib/hostbeat/hostbeat.db';
  await on(`${as} backup /var/lib/hostbeat/monday.db ${of} && rm /var/lib/hostbeat/monday.db`);
  await on(`systemctl stop hostbeat
    ${as} user passwd admin --offline ${of} | sed -n 's/^The password is \\([^ ]*\\).*/\\1/p' > /var/lib/hostbeat/hostbeat-admin-password
    systemctl start hostbeat`);
  await until('a login', async () => (await says(`${ADMIN} hostbeat services list`)).includes('compute-1'));
});

test('an upgrade starts nothing that the operator stopped', async () => {
  await on(`systemctl stop hostbeat && dpkg --force-unsafe-io -i /packages/${server}`);
  assert.is(await isActive('hostbeat'), 'inactive');
});

test('removed it runs no longer; purged it leaves nothing but its data', async () => {
  await on('systemctl start hostbeat && dpkg -r hostbeat hostbeat-agent');
  assert.equal([await isActive('hostbeat'), await isActive('hostbeat-agent')], ['inactive', 'inactive']);
  assert.match(await on('cat /etc/hostbeat/hostbeat.env'), '# mine');
  assert.match(await on('dpkg -P hostbeat hostbeat-agent 2>&1'), 'the database is kept in /var/lib/hostbeat');
  assert.is(await says('ls -d /etc/hostbeat /var/cache/hostbeat'), '');
  assert.match(await on('ls /var/lib/hostbeat'), 'hostbeat.db');
});

test('purged with HOSTBEAT_PURGE_DATA=yes it takes its data along', async () => {
  await on(`dpkg --force-unsafe-io -i /packages/${server} && HOSTBEAT_PURGE_DATA=yes dpkg -P hostbeat`);
  assert.is(await says('ls -d /var/lib/hostbeat'), '');
  assert.is(await on('systemctl list-units --failed --plain --no-legend'), '');
});

const missing = await noEngine();
if (missing === undefined) test.run();
else console.log(`No package was installed, there is no container engine here: ${missing}`);
