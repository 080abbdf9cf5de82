import { spawn, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openClient } from '../../db/sqlite/connection.ts';
import { EXIT } from '../../server/cli/exit-codes.ts';
import { runHostbeat, temporaryFolder } from '../support/process.ts';
import { say, sleep, until } from './support/form.ts';
import { DOWN_TIME, Site, V2_53 } from './support/site.ts';
import { sound } from './support/verdict.ts';

const test = suite('storage');

const HOSTS = 60;
const ROOM = 5_000;
/** The event loop must not stand still for longer, whatever holds the database; the rest is room for a busy machine. */
const LONGEST_ANSWER = 250 + 250;

interface Fault {
  make(): void | Promise<void>;
  mend(): void | Promise<void>;
  readonly words: RegExp;
}

/**
 * While the fault lasts: known things are answered, switches are refused with 503, health says degraded and why, and
 * who dies is held. Once it is mended, without a restart: the held ones are told, and all is well.
 */
async function suffers(site: Site, { make, mend, words }: Fault): Promise<void> {
  const admin = await site.admin();
  assert.is(await site.forceDown(admin, 'c1', true), 200);
  const loop = watchAnswers(site);
  await make();
  const dead = ['c10', 'c20', 'c30'];
  const died = Date.now();
  site.die(...dead);
  await until('it to be called degraded', async () => (await site.readyz()).observer === 'degraded');
  const { reason, ready } = await site.readyz();
  assert.match(`${reason}`, words);
  assert.not.ok(ready);
  assert.is(await site.forceDown(admin, 'c2', true), 503);
  const read = await admin.request('GET', '/v2.1/os-services', undefined, V2_53);
  assert.is(read.json.services.length, HOSTS);
  await until('followers to be told', () => site.followers.every(({ observer }) => observer === 'degraded'));
  await sleep(DOWN_TIME);
  const before = site.followers.map(({ seq }) => seq);
  await sleep(500);
  assert.equal(
    site.followers.map(({ seq }) => seq),
    before,
    'what cannot be kept is not said',
  );
  await mend();
  const mended = Date.now();
  await until('it to be well again', async () => (await site.readyz()).ready);
  assert.is(await site.forceDown(admin, 'c3', true), 200);
  await sleep(2_000);
  const longest = loop.stop();
  say(`degraded for ${mended - died} ms: "${reason}"; the slowest answer took ${Math.round(longest)} ms`);
  await sound(site, {
    alive: site.hosts.filter((host) => !dead.includes(host)),
    dead: dead.map((host) => ({ host, after: mended - 1_000, by: mended + DOWN_TIME + ROOM })),
    switched: ['c1', 'c3'].map((host) => ({ host, forcedDown: true })),
  });
}

/** Asks for nothing but an answer, many times a second. */
function watchAnswers(site: Site): { stop(): number } {
  let longest = 0;
  let stopped = false;
  void (async () => {
    while (!stopped) {
      const asked = performance.now();
      await fetch(`${site.url}/healthz`).then((answer) => answer.text());
      longest = Math.max(longest, performance.now() - asked);
      await sleep(20);
    }
  })();
  return {
    stop() {
      stopped = true;
      return longest;
    },
  };
}

async function suffering(fault: (site: Site) => Fault, folder?: string): Promise<void> {
  await using site = await Site.open({ hosts: HOSTS, ...(folder === undefined ? {} : { folder }) });
  await site.boot();
  await site.people({ gateways: 4, followersEach: 1 });
  await suffers(site, fault(site));
}

test('another process holds the database for ten seconds: nobody stands still, no edge is lost', async () => {
  let outsider: ReturnType<typeof openClient> | undefined;
  await using site = await Site.open({ hosts: HOSTS });
  await site.boot();
  await site.people({ gateways: 4, followersEach: 1 });
  const loop = watchAnswers(site);
  await suffers(site, {
    make() {
      outsider = openClient(site.file);
      outsider.exec('BEGIN EXCLUSIVE');
    },
    async mend() {
      await sleep(3_000);
      outsider?.exec('ROLLBACK');
      outsider?.close();
    },
    words: /another program holds/,
  });
  assert.ok(loop.stop() < LONGEST_ANSWER);
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

test('the disk fails under a running server', () =>
  suffering((site) => ({
    make: () => limitFiles(site, '1'),
    mend: () => limitFiles(site, 'unlimited'),
    words: /the disk fails|the disk is full/,
  })));

/** No write beyond that size from now on: the system answers EFBIG, which SQLite takes for a failing disk. */
function limitFiles({ server }: Site, size: string): void {
  const done = spawnSync('prlimit', ['--pid', String(server?.pid), `--fsize=${size}:unlimited`]);
  if (done.status !== 0) throw new Error(`prlimit: ${done.stderr}`);
}

test('a tmpfs runs full, and is emptied', async () => {
  await using disk = await smallDisk();
  if (disk === undefined) return say('skipped: this user may not mount a tmpfs');
  const filler = `${disk.path}/filler`;
  await suffering(
    () => ({
      make: () => fill(filler),
      mend: () => rmSync(filler),
      words: /the disk is full/,
    }),
    disk.path,
  );
});

test('a server is not started on a file system that is read-only, nor on a database in use', async () => {
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

function fill(file: string): void {
  for (let size = 1 << 20; size >= 512; size >>= 1) {
    for (;;) {
      try {
        writeFileSync(file, Buffer.alloc(size, 1), { flag: 'a' });
      } catch {
        break;
      }
    }
  }
}

/** A file system of four megabytes, or undefined where this user may not have one. */
async function smallDisk() {
  const folder = await temporaryFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder.path]).status !== 0) {
    await folder[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      const unmount = spawn('umount', ['-l', folder.path]);
      await new Promise((resolve) => unmount.once('close', resolve));
      await folder[Symbol.asyncDispose]();
    },
  };
}

test.run();
