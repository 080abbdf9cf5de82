/**
 * What ships for deploying, as far as it can be tried without a cloud: systemd reads the units and finds them closed, and
 * the steps of the Dockerfile, done in an empty folder instead of an image, give a server that answers its own health
 * check and ends at SIGTERM. Needs `systemd-analyze`: apt-get install systemd
 */
import '../../server/runtime/supported.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../support/free-port.ts';
import { runCommand, temporaryFolder } from '../support/process.ts';

const root = resolve(import.meta.dirname, '../..');
const shipped = join(root, 'docs/deploy');

const test = suite('deployment');

test('systemd understands the units, and finds them well closed', async () => {
  await using folder = await temporaryFolder();
  const units = (await readdir(shipped)).filter((name) => name.endsWith('.service'));
  assert.equal(units.sort(), ['hostbeat-agent.service', 'hostbeat.service']);
  for (const name of units) {
    const unit = await readFile(join(shipped, name), 'utf8');
    const file = join(folder.path, name);
    // Where this checkout is, and the Node that runs this.
    await writeFile(
      file,
      unit.replaceAll('/opt/hostbeat', root).replaceAll('/usr/bin/node', process.execPath),
    );
    const verified = await runCommand('systemd-analyze', ['verify', '--man=no', file]);
    assert.equal([verified.code, verified.stderr], [0, ''], name);
    // Tenths of an exposure, of which 100 is the worst.
    const security = ['security', '--offline=true', '--threshold=20', '--no-pager', file];
    const closed = await runCommand('systemd-analyze', security);
    assert.is(closed.code, 0, `${name}: ${closed.stdout.split('\n').slice(-3).join('\n')}`);
  }
});

interface Image {
  readonly env: Record<string, string>;
  readonly command: readonly string[];
  readonly health: readonly string[];
}

/** Does in `folder` what the Dockerfile does in `/opt/hostbeat`; the two stages share it. */
async function built(folder: string): Promise<Image> {
  const text = (await readFile(join(shipped, 'Dockerfile'), 'utf8')).replaceAll('\\\n', ' ');
  const env: Record<string, string> = {};
  const command: string[] = [];
  let health: readonly string[] = [];
  for (const line of text.split('\n').filter((line) => /^[A-Z]/.test(line))) {
    const [, verb = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (verb === 'COPY' && !rest.startsWith('--from=')) {
      const paths = rest.split(/\s+/);
      const target = paths.pop() as string;
      for (const path of paths) {
        const to = target.endsWith('/') ? join(folder, target, path) : join(folder, target);
        await mkdir(dirname(to), { recursive: true });
        await cp(join(root, path), to, { recursive: true, filter: (from) => !from.includes('node_modules') });
      }
    } else if (verb === 'RUN' && rest.startsWith('npm ci')) {
      const [install = ''] = rest.split('&&');
      const { code, stderr } = await runCommand('sh', ['-c', `cd ${folder} && ${install}`]);
      assert.is(code, 0, stderr);
    } else if (verb === 'ENV') {
      for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) env[name] = value;
    } else if (verb === 'ENTRYPOINT' || verb === 'CMD') {
      command.push(...(JSON.parse(rest) as string[]));
    } else if (verb === 'HEALTHCHECK') {
      health = JSON.parse(rest.slice(rest.indexOf('['))) as string[];
    }
  }
  return { env, command, health };
}

test('the steps of the Dockerfile give a healthy server that ends on SIGTERM', async () => {
  await using folder = await temporaryFolder();
  const { env, command, health } = await built(folder.path);
  const port = await freePort();
  // The image has Node as "node"; its port and its folder are its own.
  const inside = (words: readonly string[]) => words.map((word) => word.replaceAll(':8774', `:${port}`));
  const [program, ...args] = inside(command);
  assert.is(program, 'node');
  const child = spawn(process.execPath, args, {
    cwd: folder.path,
    env: {
      PATH: process.env.PATH,
      ...env,
      HOSTBEAT_LISTEN: `127.0.0.1:${port}`,
      HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/hostbeat.db`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    await Promise.race([once(child.stdout, 'data'), ended]);
    const { code } = await runCommand(process.execPath, inside(health.slice(1)));
    assert.is(code, 0, 'the health check');
    child.kill('SIGTERM');
    assert.equal(await ended, [0, null]);
    assert.is.not((await runCommand(process.execPath, inside(health.slice(1)))).code, 0);
  } finally {
    child.kill('SIGKILL');
  }
});

test.run();
