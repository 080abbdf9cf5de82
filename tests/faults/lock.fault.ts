import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openClient } from '../../db/sqlite/file/client.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { runHostbeat } from '../support/process.ts';
import { say, sleep } from './support/form.ts';
import { Site } from './support/site.ts';
import { smallDisk } from './support/small-disk.ts';
import { suffering } from './support/suffering.ts';

const test = suite('whose database it is');

/** A process that blocked on a locked database would stand still for many seconds; shorter pauses may be the machine's. */
const LONGEST_ANSWER = 2_500;

test('a foreign lock of ten seconds blocks no client and loses no edge', async () => {
  const longest = await suffering((site) => {
    const outsider = openClient(site.file);
    return {
      make: () => void outsider.exec('BEGIN EXCLUSIVE'),
      async repair() {
        await sleep(3_000);
        outsider.exec('ROLLBACK');
        outsider.close();
      },
      words: /another program has locked/,
    };
  });
  assert.ok(longest < LONGEST_ANSWER, `an answer took ${longest} ms`);
});

test('an outsider who holds it for a second is waited for', async () => {
  await using site = await Site.open({ hosts: 3, env: { HOSTBEAT_SERVICE_DOWN_TIME: '3600' } });
  await site.boot();
  const admin = await site.admin();
  const outsider = openClient(site.file);
  outsider.exec('BEGIN EXCLUSIVE');
  const answer = site.forceDown(admin, 'c0', true);
  await sleep(1_000);
  outsider.exec('ROLLBACK');
  outsider.close();
  assert.is(await answer, 200);
  say('held for 1000 ms: the switch was answered with 200');
});

test('a server refuses a read-only file system and a database in use', async () => {
  await using site = await Site.open({ hosts: 3 });
  await site.boot();
  const second = await runHostbeat(['serve'], { ...site.env, HOSTBEAT_LISTEN: '127.0.0.1:0' });
  assert.is(second.code, EXIT.tryAgain, second.stderr);
  assert.match(second.stderr, String(site.server?.pid));
  assert.ok((await site.readyz()).ready);
  await using disk = await smallDisk();
  if (disk === undefined) return;
  spawnSync('mount', ['-o', 'remount,ro', disk.path]);
  const refused = await runHostbeat(['serve'], {
    ...site.env,
    HOSTBEAT_DATABASE_URL: `sqlite:${disk.path}/x.db`,
    HOSTBEAT_LISTEN: '127.0.0.1:0',
  });
  assert.is(refused.code, EXIT.unavailable, refused.stderr);
  say(
    `two on one file: exit ${second.code}; read-only at start: exit ${refused.code}, "${refused.stderr.trim()}"`,
  );
});

test.run();
