/**
 * Debian's tempest, unmodified, against a running server: every test named in passing.txt passes with accounts that were
 * made for it, every test named in passing-dynamic.txt with accounts that it makes itself. The lists may only grow:
 * `npm run test:tempest -- --all` runs all of tempest's tests of compute and identity and says which are missing from them,
 * `-- --all test_server_metadata` those that the pattern finds. Needs `stestr` and tempest: apt-get install python3-tempest
 */
import '../../server/runtime/supported.mjs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runCommand, runHostbeat, startServer, temporaryFolder } from '../support/process.ts';
import { accountsFile, type Credentials, seedDocument, tempestConf } from './cloud.ts';

const TEMPEST = '/usr/lib/python3/dist-packages';

interface Pass {
  readonly credentials: Credentials;
  /** The names of the tests that have once passed, a line each. */
  readonly list: string;
  /** What there is to try. */
  readonly everything: string;
}

const PASSES: readonly Pass[] = [
  {
    credentials: 'preprovisioned',
    list: 'passing.txt',
    everything: '^tempest\\.api\\.(compute|identity)\\.',
  },
  { credentials: 'dynamic', list: 'passing-dynamic.txt', everything: '^tempest\\.api\\.identity\\.' },
];

const test = suite('tempest');

for (const { credentials, list, everything } of PASSES) {
  test(`every test that has once passed passes, with ${credentials} credentials`, async () => {
    await using folder = await temporaryFolder();
    const env = {
      HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/tempest.db`,
      HOSTBEAT_POLICY_FILE: resolve(import.meta.dirname, 'policy.yaml'),
      // Nobody reports here; the hosts must stay up all the same.
      HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    };
    await writeFile(join(folder.path, 'cloud.json'), seedDocument());
    const seeded = await runHostbeat(['seed', join(folder.path, 'cloud.json'), '--offline'], env);
    assert.is(seeded.code, 0, seeded.stderr);
    await using server = await startServer(env);
    const text = await readFile(resolve(import.meta.dirname, list), 'utf8');
    const listed = text.split('\n').filter((line) => line !== '');
    const [, pattern = ''] = /--all ?(.*)/.exec(process.argv.slice(2).join(' ')) ?? [];
    const all = process.argv.includes('--all');
    const what = all ? [`${everything}.*(${pattern})`] : listed.map(exactly);
    await writeFile(join(folder.path, 'tempest.conf'), tempestConf(server.url, folder.path, credentials));
    const { passed, output } = await tempest(folder.path, what);
    const missing = listed.filter((name) => name.match(pattern) && !passed.has(name));
    if (missing.length > 0) process.stdout.write(output);
    assert.equal(missing, []);
    if (!all) return;
    const grown = [...passed].filter((name) => !listed.includes(name)).sort();
    process.stdout.write(`\n${list}: passed and not listed: ${grown.length}\n${grown.join('\n')}\n`);
  });
}

/** The pattern of one test: behind its name come marks in brackets. */
function exactly(name: string): string {
  return `^${name.replaceAll('.', '\\.')}(\\[|$)`;
}

/** Runs what matches one of the patterns, and gives the names of the tests that passed. */
async function tempest(
  folder: string,
  what: readonly string[],
): Promise<{ passed: ReadonlySet<string>; output: string }> {
  for (const name of ['lock', 'results']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'accounts.yaml'), accountsFile());
  const config = join(folder, '.stestr.conf');
  // One worker for each class: the tests of a class share servers.
  await writeFile(
    config,
    `[DEFAULT]\ntest_path=${TEMPEST}/tempest/test_discover\ntop_dir=${TEMPEST}\ngroup_regex=([^\\.]*\\.)*\n`,
  );
  await writeFile(join(folder, 'include.txt'), what.join('\n'));
  const stestr = ['--config', config, '--repo-url', join(folder, 'results')];
  const { stdout, stderr } = await runCommand(
    'stestr',
    [...stestr, 'run', '--concurrency', '2', '--include-list', join(folder, 'include.txt')],
    { TEMPEST_CONFIG_DIR: folder, TEMPEST_CONFIG: 'tempest.conf' },
  );
  const passed = [...stdout.matchAll(/^\{\d+\} (\S+) \[[\d.]+s\] \.\.\. ok$/gm)].map(
    ([, name]) => name as string,
  );
  return { passed: new Set(passed), output: stdout.slice(-20_000) + stderr };
}

test.run();
