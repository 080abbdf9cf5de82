/**
 * Runs the blocks of pages as a reader would, top to bottom in one shell: `sh` blocks are typed, a block with a name is saved under it,
 * and each line of a `text` block must have been printed. `npm ci` is not: the tree that this runs in has done it.
 * `npm run test:pages [-- PAGE…]`. Needs: apt-get install curl python3-openstacksdk
 */
import '../../server/runtime/supported.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/process.ts';
import { type Part, TYPED } from './typed.ts';

const root = resolve(import.meta.dirname, '../..');
const START = 'set -e\nshopt -s expand_aliases\nnpm() { [ "$1" = ci ] || command npm "$@"; }\n';
const LONGEST_MS = 240_000;
/** Ports that the pages name, each replaced by a free one. */
const PORTS = /\b(8774|9480)\b/g;

interface Block {
  readonly language: string;
  readonly name: string;
  readonly text: string;
}

/** Everything before `until`, from `from` on. */
function partOf(page: string, { from = '', until }: Part): string {
  const text = readFileSync(join(root, page), 'utf8');
  const begin = text.indexOf(from);
  const end = until === undefined ? text.length : text.indexOf(until, begin);
  if (begin === -1 || end === -1) throw new Error(`${page} has no "${begin === -1 ? from : until}"`);
  return text.slice(begin, end);
}

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$/gms)].map(
    ([, language = '', name = '', text = '']) => ({ language, name, text }),
  );
}

/** What a reader types. A command that fails ends it, and so does the shell when it ends all that it started. */
function scriptOf(blocks: readonly Block[]): string {
  const steps = blocks.map(({ language, name, text }) => {
    if (name !== '') return `cat > ${name} <<'END-OF-BLOCK'\n${text}END-OF-BLOCK\n`;
    return language === 'sh' ? text : '';
  });
  return steps.join('\n');
}

/** A reader's shell finds the machine's Node, not that of the project. */
function readersPath(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.filter((folder) => !folder.endsWith('node_modules/.bin')).join(delimiter);
}

async function type(script: string, cwd: string): Promise<{ code: number | null; output: string }> {
  const shell = spawn('bash', ['-c', 'exec bash <(cat)'], {
    cwd,
    detached: true,
    env: { ...process.env, PATH: readersPath() },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  shell.stdin.end(script);
  const group = shell.pid as number;
  const end = () => {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  };
  const timer = setTimeout(end, LONGEST_MS);
  const [code] = (await once(shell, 'exit')) as [number | null];
  clearTimeout(timer);
  end();
  return { code, output };
}

const test = suite('blocks of pages');
const wanted = process.argv.slice(2);

for (const run of TYPED) {
  const { page, after, first = '', last = '' } = run;
  if (wanted.length > 0 && !wanted.some((word) => page.includes(word))) continue;
  test(`${[page, run.from].filter(Boolean).join(', ')} does what it says`, async () => {
    await using folder = await temporaryFolder();
    for (const entry of readdirSync(root)) symlinkSync(join(root, entry), join(folder.path, entry));
    const own = partOf(page, run);
    const earlier = after === undefined ? '' : partOf(...after);
    const ports = new Map<string, string>();
    for (const [port] of `${earlier}${own}`.matchAll(PORTS)) {
      if (!ports.has(port)) ports.set(port, String(await freePort()));
    }
    const moved = (text: string) => text.replace(PORTS, (port) => ports.get(port) ?? port);
    const blocks = blocksOf(moved(own));
    assert.ok(blocks.length > 0, page);
    const listen = ports.has('8774') ? `export HOSTBEAT_LISTEN=127.0.0.1:${ports.get('8774')}\n` : '';
    const script = [START, listen, scriptOf(blocksOf(moved(earlier))), first, scriptOf(blocks), last];
    const { code, output } = await type(script.join('\n'), folder.path);
    assert.is(code, 0, output);
    const lines = new Set(output.split('\n').map((line) => line.trim()));
    for (const { language, name, text } of blocksOf(own)) {
      if (language !== 'text' || name !== '') continue;
      for (const line of text.trim().split('\n')) assert.ok(lines.has(line.trim()), `${line}\n${output}`);
    }
  });
}

test.run();
