/**
 * The Dockerfile as it ships, built by a container engine and run as closed as compose.yaml runs it: nothing writable but
 * its volume, no capability, a user that is not root. Needs a machine that may run containers, and
 * apt-get install podman runc netavark mmdebstrap aardvark-dns iptables catatonit docker-compose
 */
import '../../server/runtime/supported.mjs';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runCommand, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';
import { threeNodes } from './compose.ts';
import { type ShippedImage, shippedImage } from './shipped-image.ts';
import { debianSystem, must, noEngine, noNetwork } from './system.ts';

let shipped: ShippedImage | undefined;
/** Names of the image, of its container, and of another one of it. */
let [name, agent] = ['', ''];

/** As compose.yaml says; alone on its network, so that it meets nothing else of this machine. */
const closed = ['--read-only', '--tmpfs=/tmp', '--cap-drop=ALL', '--security-opt=no-new-privileges'];
/** A user who may not raise limits passes them on as they are. */
const limits = ['--ulimit=nofile=4096:4096', '--ulimit=nproc=1000:1000'];

function run(
  as: string,
  image: string,
  args: readonly string[],
  command: readonly string[] = [],
): Promise<string> {
  const engine = ['--runtime=runc', 'run', '--detach', `--name=${as}`];
  return must('podman', [...engine, ...closed, ...limits, ...args, image, ...command]);
}

const inside = (...command: string[]) => must('podman', ['exec', name, ...command]);

/** What an operator asks of the running server, with the password from the secret that the server has too. */
const operatorLine = (words: string): readonly string[] => {
  const who = 'OS_USERNAME=admin OS_PROJECT_NAME=admin OS_PASSWORD=$(cat /run/secrets/admin-password)';
  return ['sh', '-c', `${who} HOSTBEAT_URL=http://127.0.0.1:8774 node server/cli/hostbeat.mjs ${words}`];
};
const operator = (words: string) => inside(...operatorLine(words));

async function ends(container: string): Promise<void> {
  await must('podman', ['stop', '--time=30', container]);
  assert.is(await must('podman', ['inspect', '--format={{.State.ExitCode}}', container]), '0', container);
}

const test = suite('containers');

test.before(async () => {
  shipped = await shippedImage();
  name = shipped.name;
  agent = `${name}-agent`;
});
test.after(async () => {
  await runCommand('podman', ['rm', '--force', '--volumes', agent, name]);
  await runCommand('podman', ['volume', 'rm', '--force', name]);
  await shipped?.[Symbol.asyncDispose]();
});

test('the shipped image is healthy, closed, and pushes to an owner', async () => {
  await using folder = await temporaryFolder();
  const secret = async (file: string, text: string) => {
    await writeFile(join(folder.path, file), text, { mode: 0o644 });
    return `--volume=${folder.path}/${file}:/run/secrets/${file}:ro`;
  };
  await run(name, name, [
    '--network=none',
    `--volume=${name}:/var/lib/hostbeat`,
    await secret('admin-password', randomBytes(16).toString('hex')),
    '--env=HOSTBEAT_ADMIN_PASSWORD_FILE=/run/secrets/admin-password',
  ]);
  await until(
    'its own health check',
    async () => (await runCommand('podman', ['healthcheck', 'run', name])).code === 0,
  );
  assert.is(await inside('id', '-un'), 'node');
  assert.is((await inside('cat', '/proc/1/cmdline')).split('\0')[0], 'node', 'nothing keeps SIGTERM from it');

  await run(
    agent,
    name,
    [
      `--network=container:${name}`,
      await secret('agent-token', await operator('token issue --host compute-1')),
    ],
    ['agent', '--host=compute-1', '--token-file=/run/secrets/agent-token'],
  );
  await until('the agent', async () => (await operator('services list')).includes('compute-1'));
  await operator('instances add db --project admin --host compute-1');
  const watch = operatorLine('watch --plain > /tmp/watched 2>&1');
  await must('podman', ['exec', '--detach', name, ...watch]);
  const watches = (word: string) => async () =>
    (await runCommand('podman', ['exec', name, 'cat', '/tmp/watched'])).stdout.includes(word);
  await until('the first state', watches('UP'));
  await operator('services force-down compute-1');
  await until('the first push', watches('DOWN'));
  await ends(agent);
  await ends(name);
});

test('three nodes on PostgreSQL behind HAProxy; the leader is killed', async () => {
  const missing = await noNetwork(await debianSystem());
  if (missing === undefined) await threeNodes(name);
  else console.log(`  The compose file of three nodes was not brought up: ${missing}`);
});

const missing = await noEngine();
if (missing === undefined) test.run();
else console.log(`No image was built, there is no container engine here: ${missing}`);
