import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openDatabase } from '../../db/open.ts';
import { openClient } from '../../db/sqlite/file/client.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { runHostbeat, temporaryFolder } from '../support/process.ts';
import { TEST_RULES } from '../support/store.ts';
import { until } from '../support/within.ts';
import { LONG, say, sleep } from './support/form.ts';
import { Site } from './support/site.ts';
import { sound } from './support/verdict.ts';

const test = suite('damage');

const QUIET = { HOSTBEAT_SERVICE_DOWN_TIME: '3600' };
const CUTS = LONG ? 200 : 25;
const SPOTS = LONG ? 100 : 15;
const PAGE = 4_096;

/** A database with a history, and the write-ahead log of what came last: as a power cut leaves it. */
async function cutOff(site: Site): Promise<void> {
  await site.boot();
  const admin = await site.admin();
  for (let n = 0; n < 60; n += 1)
    await site.forceDown(admin, site.hosts[n % site.hosts.length] as string, n % 2 === 0);
  await site.server?.kill();
}

test(`with the log cut at ${CUTS} random bytes the rest is a whole prefix`, async () => {
  await using site = await Site.open({ hosts: 7, env: QUIET });
  await using folder = await temporaryFolder();
  await cutOff(site);
  const whole = logOf(`${site.file}`);
  const size = statSync(`${site.file}-wal`).size;
  const lengths = new Set<number>();
  for (let n = 0; n < CUTS; n += 1) {
    const file = `${folder.path}/cut-${n}.db`;
    copyFileSync(site.file, file);
    copyFileSync(`${site.file}-wal`, `${file}-wal`);
    truncateSync(`${file}-wal`, Math.floor(Math.random() * (size + 1)));
    const database = await openDatabase(`sqlite:${file}`, { clock: systemClock, rules: TEST_RULES });
    await database.close();
    const left = logOf(file);
    assert.equal(left, whole.slice(0, left.length));
    lengths.add(left.length);
  }
  say(
    `cut at ${CUTS} places: between ${Math.min(...lengths)} and ${Math.max(...lengths)} of ${whole.length} rows left`,
  );
});

test(`4 kB of rubbish at ${SPOTS} places: refused with exit ${EXIT.io}, or harmless`, async () => {
  await using site = await Site.open({ hosts: 50, env: QUIET });
  await using folder = await temporaryFolder();
  await cutOff(site);
  const client = openClient(site.file);
  client.pragma('wal_checkpoint(TRUNCATE)');
  client.close();
  const sound = readFileSync(site.file);
  let refused = 0;
  for (let n = 0; n < SPOTS; n += 1) {
    const bytes = Buffer.from(sound);
    const page = n === 0 ? 0 : Math.floor(Math.random() * (bytes.length / PAGE));
    crypto.getRandomValues(bytes.subarray(page * PAGE, (page + 1) * PAGE));
    const file = `${folder.path}/spot-${n}.db`;
    writeFileSync(file, bytes);
    const opened = await openDatabase(`sqlite:${file}`, { clock: systemClock, rules: TEST_RULES }).catch(
      (error) => error,
    );
    if ('close' in opened) {
      await opened.close();
      assert.equal(logOf(file), logOf(site.file), `page ${page} held something and its ruin was not noticed`);
      continue;
    }
    assert.is(opened.name, 'DatabaseRefused');
    assert.ok(readFileSync(file).equals(bytes), 'a refused file was written to');
    refused += 1;
    if (refused > 1) continue;
    const started = await runHostbeat(['serve'], {
      ...site.env,
      HOSTBEAT_DATABASE_URL: `sqlite:${file}`,
      HOSTBEAT_LISTEN: '127.0.0.1:0',
    });
    assert.is(started.code, EXIT.io);
    assert.match(started.stderr, file);
  }
  say(`${refused} of ${SPOTS} were refused; the others hit nothing that is in use`);
  assert.ok(refused > 0);
});

test('a backup put back under load: a new epoch, clients reset, no number used twice', async () => {
  await using site = await Site.open({ hosts: 10, env: QUIET });
  await site.boot();
  await site.people({ followersEach: 1 });
  const admin = await site.admin();
  let storming = true;
  let answered = 0;
  const storm = (async () => {
    for (let n = 0; storming; n += 1) {
      const status = await site.forceDown(admin, site.hosts[n % 10] as string, Math.floor(n / 10) % 2 === 0);
      if (status === 200) answered += 1;
      else assert.is(status, 0, 'a switch was refused while the backup ran');
    }
  })();
  const copies = [];
  for (let n = 0; n < 3; n += 1) {
    const copy = `${site.file}.copy-${n}`;
    const { code, stderr } = await runHostbeat(['backup', copy], site.env);
    assert.is(code, EXIT.ok, stderr);
    copies.push(copy);
  }
  await sleep(300);
  storming = false;
  await storm;
  const lengths = copies.map((copy) => logOf(copy).length);
  const before = logOf(site.file);
  for (const copy of copies) assert.equal(logOf(copy), before.slice(0, logOf(copy).length));
  await site.server?.stop();
  const restored = await runHostbeat(['restore', copies[1] as string], site.env);
  assert.is(restored.code, EXIT.ok, restored.stderr);
  assert.ok(existsSync(`${site.file}.replaced`));
  await site.boot();
  await until('every follower to start over', () =>
    site.followers.every((follower) => follower.frames('synced').at(-1)?.how === 'reset'),
  );
  for (const follower of site.followers)
    assert.is(follower.frames('synced').at(-1)?.reason, 'epoch', follower.stream);
  const again = await site.admin();
  for (const host of site.hosts) for (const down of [false, true]) await site.forceDown(again, host, down);
  say(
    `${answered} switches while three copies were taken, of ${lengths.join(', ')} rows; the second was put back`,
  );
  await sound(site, { resets: true });
});

/** The whole log, each row as a text. */
function logOf(file: string): string[] {
  const client = openClient(file, { readonly: true });
  try {
    return client
      .prepare(`SELECT stream || ' ' || seq || ' ' || items FROM log ORDER BY id`)
      .pluck()
      .all() as string[];
  } finally {
    client.close();
  }
}

test.run();
