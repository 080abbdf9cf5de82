/** The disk of PostgreSQL is full: writes are refused in words, nothing is kept by half, and it goes on by itself. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openPostgres } from '../../../db/postgres/open.ts';
import type { DomainError } from '../../../server/domain/errors.ts';
import { aService } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { postgresBinaries, startCluster } from '../../support/postgres/cluster.ts';
import { hasPostgres } from '../../support/postgres/stores.ts';
import { putService, TEST_RULES } from '../../support/store.ts';
import { until } from '../../support/within.ts';

const test = suite('a full disk below PostgreSQL');
const SIZE = '160m';

function mounted(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=1777`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

/** Writes until nothing more fits. */
function fill(file: string): void {
  const into = openSync(file, 'w');
  const block = randomBytes(8_192);
  try {
    for (;;) writeSync(into, block);
  } catch {
    closeSync(into);
  }
}

test('writes are refused in words, and go on afterwards with all that was answered', async () => {
  const disk = mounted();
  if (disk === undefined) return void console.log('   left out: a tmpfs cannot be mounted here');
  const { TMPDIR } = process.env;
  process.env.TMPDIR = disk;
  const cluster = await startCluster(postgresBinaries() as string);
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  const clock = new FakeClock();
  const database = await openPostgres(cluster.url, { clock, rules: TEST_RULES });
  const put = (host: string) =>
    putService({ store: database.store, clock, rules: TEST_RULES }, aService({ host })).then(
      () => 'kept',
      ({ code }: DomainError) => code,
    );
  const kept: string[] = [];
  try {
    assert.is(await put('before'), 'kept');
    kept.push('before');
    fill(join(disk, 'filler'));
    let how = 'kept';
    for (let n = 0; how === 'kept' && n < 20_000; n += 1) {
      const hosts = Array.from({ length: 100 }, (_, of) => `c${n}-${of}`);
      const outcomes = await Promise.all(hosts.map(put));
      kept.push(...hosts.filter((_, at) => outcomes[at] === 'kept'));
      how = outcomes.find((outcome) => outcome !== 'kept') ?? 'kept';
    }
    assert.ok(['storage_full', 'unavailable'].includes(how), how);
    assert.match(`${database.store.trouble()}`, /disk of PostgreSQL is full|cannot be reached/);
    console.log(`   ${kept.length} were kept before the disk was full; then: ${how}`);
    rmSync(join(disk, 'filler'));
    // Where its own log did not fit, PostgreSQL has ended itself, and the operator starts it.
    if (how === 'unavailable') {
      await cluster.stop('immediate');
      await cluster.start();
    }
    await until('the end of the trouble', () => database.store.trouble() === undefined);
    assert.is(await put('after'), 'kept');
    const there = new Set((await database.store.services()).map(({ host }) => host));
    assert.equal(
      [...kept, 'after'].filter((host) => !there.has(host)),
      [],
    );
    assert.is(there.size, kept.length + 1);
  } finally {
    await database.close();
    await cluster.close();
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  }
});

if (hasPostgres('a full disk') && postgresBinaries() !== undefined) test.run();
