import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runCommand } from '../support/process.ts';

const test = suite('an old Node');

/** The first Node on this machine that is older than we need; OLD_NODE names one. */
async function oldNode(): Promise<string | undefined> {
  const places = [process.env.OLD_NODE, '/usr/local/bin/node', '/usr/bin/node'];
  for (const place of places) {
    if (place === undefined || !existsSync(place)) continue;
    const { stdout } = await runCommand(place, ['--version']);
    if (Number(/^v(\d+)/.exec(stdout)?.[1]) < 22) return place;
  }
  return undefined;
}

test('one line says what to do, and nothing crashes', async () => {
  const node = await oldNode();
  if (node === undefined) {
    console.log('  skipped: no Node below 22 here; OLD_NODE=/path/to/node names one');
    return;
  }
  const entry = resolve(import.meta.dirname, '../../server/cli/hostbeat.mjs');
  for (const args of [['serve'], ['--help'], ['migrate', '--database-url', 'sqlite::memory:']]) {
    const child = spawn(node, [entry, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code, signal] = await once(child, 'close');
    assert.is(signal, null, 'it ends by itself');
    assert.is(code, 78);
    assert.match(stderr, /^hostbeat needs Node 22 or newer and this is [\d.]+; .*npm.*\n$/);
  }
});

test('Bun, which has no driver for the database, is refused in one line', async () => {
  const bun = resolve(import.meta.dirname, '../../node_modules/.bin/bun');
  const entry = resolve(import.meta.dirname, '../../server/cli/hostbeat.mjs');
  const { code, stderr } = await runCommand(bun, [entry, 'serve']);
  assert.is(code, 78);
  assert.match(stderr, /^hostbeat needs Node 22 or newer, or Deno 2: .*Run "node" instead of "bun"\.\n$/);
});

test.run();
