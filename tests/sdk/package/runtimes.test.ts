import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../../support/process.ts';
import { within } from '../../support/within.ts';
import { Lines } from '../support/lines.ts';
import { Site } from '../support/site.ts';
import { JOURNAL, lead } from '../support/tour.ts';

const test = suite('client on every runtime');
const ROOT = resolve(import.meta.dirname, '../../..');
const RUNTIMES: Record<string, readonly string[]> = {
  node: [],
  deno: ['run', '-A', '--quiet', '--no-check'],
  bun: [],
};

test('Node, Deno and Bun survive a fence, a restart and a crash, by both transports', async () => {
  await using folder = await temporaryFolder();
  await using site = await Site.open();
  const program = join(folder.path, 'journey.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../support/journey-main.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    external: ['node:*'],
  });
  const token = await site.token();
  const ways = Object.keys(RUNTIMES).flatMap((name) => [
    [name, 'websocket'],
    [name, 'events'],
  ]);
  const travellers = ways.map(([runtime = '', transport = '']) => {
    const command = join(ROOT, 'node_modules/.bin', runtime);
    const args = [...(RUNTIMES[runtime] ?? []), program, site.url, token, site.server, transport];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    return { name: `${runtime} by ${transport}`, child, lines: listenTo(child) };
  });
  try {
    await lead(
      site,
      travellers.map(({ lines }) => lines),
    );
    for (const { name, child, lines } of travellers) {
      if (child.exitCode === null) await within(`the end of ${name}`, once(child, 'exit'));
      assert.equal([name, child.exitCode, ...lines.all], [name, 0, ...JOURNAL]);
    }
  } finally {
    for (const { child } of travellers) child.kill('SIGKILL');
  }
});

/** What it says, errors included: they have no place in the journal. */
function listenTo(child: ChildProcess): Lines {
  const lines = new Lines();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', lines.add);
  }
  return lines;
}

test.run();
