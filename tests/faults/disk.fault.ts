import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import { temporaryFolder } from '../support/process.ts';
import { say } from './support/form.ts';
import type { Site } from './support/site.ts';
import { smallDisk } from './support/small-disk.ts';
import { suffering } from './support/suffering.ts';

const test = suite('storage');

test('the disk fails under a running server', async () => {
  await suffering((site) => ({
    make: () => limitFiles(site, '1'),
    repair: () => limitFiles(site, 'unlimited'),
    words: /the disk fails|the disk is full/,
  }));
});

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
      repair: () => rmSync(filler),
      words: /the disk is full/,
      status: 507,
    }),
    { folder: disk.path },
  );
});

test('a file system goes read-only under a running server', async () => {
  await using folder = await temporaryFolder();
  const sign = `${folder.path}/read-only`;
  const isReadOnly = () => ({
    make: () => writeFileSync(sign, ''),
    repair: () => rmSync(sign),
    words: /is read-only/,
  });
  await suffering(isReadOnly, { boot: ['read-only', { HOSTBEAT_TEST_READ_ONLY: sign }] });
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

test.run();
