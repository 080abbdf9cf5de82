/** Output that only the real program can judge: shells, man, and a terminal. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../../../server/cli/index.ts';
import { EXIT } from '../../../server/cli/support/exit-codes.ts';
import { temporaryFolder } from '../../support/process.ts';
import { testTerminal } from './terminal.ts';

const test = suite('shells, man and a terminal');
const HOSTBEAT = new URL('../../../server/cli/hostbeat.mjs', import.meta.url).pathname;

/** A test that counts as skipped where the program is not installed. */
function needing(program: string) {
  const isThere = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  return isThere ? test : test.skip;
}

/** A character that is printed twice, to be bold on paper. */
const OVERSTRUCK = new RegExp(`.${String.fromCharCode(8)}`, 'g');

async function printed(...args: string[]): Promise<string> {
  const terminal = testTerminal();
  assert.is(await run(args, terminal), EXIT.ok, terminal.stderr);
  return terminal.stdout;
}

/** What a shell offers for a line that ends at the cursor, the completion being loaded from a file. */
type Offer = (script: string, line: string) => string;

const SHELLS: Record<string, Offer> = {
  bash: (script, line) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    const at = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _hostbeat`;
    return output('bash', ['--norc', '-c', `. ${script}; ${at}; printf '%s\n' "\${COMPREPLY[@]}"`]);
  },
  fish: (script, line) => output('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`]),
  zsh: (script, line) => output('zsh', ['-f', '-c', zshSession(script, line)]),
};

function output(program: string, args: readonly string[]): string {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', TERM: 'dumb' };
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env, timeout: 60_000 });
  return `${stdout}${stderr}`;
}

/** zsh completes in its line editor alone: one is run on a terminal of its own, and lists by ^D once it prompts. */
function zshSession(script: string, line: string): string {
  return `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "autoload -U compinit && compinit -u -D; source ${script}; PS1=at''prompt"
zpty -r z seen '*atprompt*'
zpty -w -n z $'${line}\\C-d'
zpty -w -n z $'\\C-a\\C-kprint -n en; print ded\\n'
zpty -r z seen '*ended*'
print -r -- "$seen"
zpty -d z`;
}

for (const [shell, offer] of Object.entries(SHELLS))
  needing(shell)(`${shell} completes commands, commands below them, flags and values`, async () => {
    await using folder = await temporaryFolder();
    const script = `${folder.path}/completion`;
    await writeFile(script, await printed('completion', shell));
    assert.match(offer(script, 'hostbeat ser'), /\bserve\b/);
    const below = offer(script, 'hostbeat services ');
    assert.match(below, /\bforce-down\b/);
    assert.not.match(below, /\bdoctor\b/);
    assert.match(offer(script, 'hostbeat instances li'), /\blist\b/);
    assert.match(offer(script, 'hostbeat services force-down --'), /--undo/);
    assert.not.match(offer(script, 'hostbeat agent --'), /--undo/);
    const values = offer(script, 'hostbeat services force-down c1 --fence ');
    assert.match(values, /\bconfirmed\b/);
    assert.match(values, /\brequested\b/);
    assert.match(offer(script, 'hostbeat serve --auth '), /\bkeystone\b/);
    assert.match(offer(script, 'hostbeat completion '), /\bfish\b/);
  });

needing('man')('man reads the manual page without a warning', async () => {
  await using folder = await temporaryFolder();
  const page = `${folder.path}/hostbeat.1`;
  await writeFile(page, await printed('man'));
  const env = { PATH: process.env.PATH, LC_ALL: 'C', MANWIDTH: '100' };
  const args = ['--warnings', '-l', page];
  const { status, stdout, stderr } = spawnSync('man', args, { encoding: 'utf8', env });
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  const text = stdout.replace(OVERSTRUCK, '');
  for (const word of ['NAME', 'SYNOPSIS', 'hostbeat serve', '--log-format', 'EXIT STATUS', 'Examples:'])
    assert.match(text, word);
});

needing('script')('init asks on a terminal, and what is answered is written', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/hostbeat.yaml`;
  const command = `${process.execPath} ${HOSTBEAT} init --output ${file} --database-url sqlite:x.db`;
  const answers = ['127.0.0.1:9999', 'https://hb.example', ''];
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    input: answers.map((answer) => `${answer}\n`).join(''),
    env: { PATH: process.env.PATH, TERM: 'dumb' },
    timeout: 60_000,
  });
  assert.ok(existsSync(file), stdout);
  const written = readFileSync(file, 'utf8');
  assert.match(written, 'listen: "127.0.0.1:9999"');
  assert.match(written, 'public_url: "https://hb.example"');
  assert.not.match(written, 'tls');
  assert.match(stdout, 'Address to listen on');
  assert.not.match(stdout, 'Private key', 'without a certificate no key is asked for');
});

test.run();
