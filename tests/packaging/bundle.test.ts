import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../../packaging/executable/build.ts';
import { bundleServer } from '../../packaging/package/bundle.ts';

/** A source that names a file beside itself by a URL must find it in the package and in the executable too. */
const test = suite<{ out: string }>('packaging');

test.before.each((context) => {
  context.out = mkdtempSync(join(tmpdir(), 'hostbeat-bundle-'));
});

test.after.each(({ out }) => rmSync(out, { recursive: true }));

test('the npm package has a place for every file that a source names', async ({ out }) => {
  await bundleServer(out);
  assert.ok(existsSync(join(out, 'hostbeat.js')));
});

test('the executable has a place for every file that a source names', async ({ out }) => {
  await bundleProgram(join(out, 'hostbeat.cjs'));
  assert.ok(existsSync(join(out, 'hostbeat.cjs')));
});

test.run();
