import type { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../../../server/cli/index.ts';
import { createProgram } from '../../../server/cli/program.ts';
import { EXIT } from '../../../server/cli/support/exit-codes.ts';
import { testTerminal } from './terminal.ts';

const test = suite('help');

/** Every command with its path, groups included. */
function everyCommand(
  command: Command,
  path: readonly string[] = [],
): { path: readonly string[]; command: Command }[] {
  return [
    { path, command },
    ...command.commands.flatMap((below) => everyCommand(below, [...path, below.name()])),
  ];
}

const commands = everyCommand(createProgram(testTerminal()));

for (const { path, command } of commands)
  test(`hostbeat ${path.join(' ')} --help shows options, examples and exit codes`, async () => {
    const terminal = testTerminal();
    assert.is(await run([...path, '--help'], terminal), EXIT.ok);
    assert.is(terminal.stderr, '');
    for (const option of command.options)
      assert.ok(terminal.stdout.includes(option.long ?? ''), option.flags);
    for (const below of command.commands) assert.ok(terminal.stdout.includes(below.name()), below.name());
    assert.match(terminal.stdout, 'Exit codes:');
    assert.match(terminal.stdout, 'Examples:');
    assert.match(terminal.stdout, `$ hostbeat`);
    assert.ok(command.description().length > 20, 'a sentence that teaches');
  });

test('the commands that outsiders rely on are there', () => {
  const names = commands.map(({ path }) => path.join(' '));
  const promised = [
    'serve',
    'agent',
    'watch',
    'demo',
    'seed',
    'services list',
    'services enable',
    'services disable',
    'services force-down',
    'services show',
    'audit',
    'services delete',
    'instances list',
    'instances import',
    'webhooks list',
    'webhooks add',
    'webhooks resume',
    'token issue',
    'token revoke',
    'user add',
    'config check',
    'config print',
    'config doc',
    'migrate',
    'backup',
    'restore',
    'upgrade check',
    'bench',
    'doctor',
  ];
  assert.equal(
    promised.filter((name) => !names.includes(name)),
    [],
  );
});

test('every exit code is explained', async () => {
  const terminal = testTerminal();
  await run(['--help'], terminal);
  for (const code of Object.values(EXIT)) assert.match(terminal.stdout, new RegExp(`^ +${code}  \\w`, 'm'));
});

test('no token and no password can be given on the command line', () => {
  const flags = commands.flatMap(({ command }) => command.options.map(({ long }) => long ?? ''));
  assert.equal(
    flags.filter(
      (flag) =>
        /token|password|secret/.test(flag) && !/-file$|^--token-lifetime$|^--max-tokens-per-user$/.test(flag),
    ),
    [],
  );
});

test('a bad command line ends with 2, a hint and nothing on standard output', async () => {
  for (const args of [[], ['agnt'], ['serve', '--lisen', 'x'], ['services', 'force-down'], ['seed']]) {
    const terminal = testTerminal();
    assert.is(await run(args, terminal), EXIT.usage, args.join(' '));
    assert.is(terminal.stdout, '');
    assert.match(terminal.stderr, /--help/);
  }
});

test('bench lists its benchmarks, and names them when one does not exist', async () => {
  const terminal = testTerminal();
  assert.is(await run(['bench'], terminal), EXIT.ok);
  const names = terminal.stdout.trim().split('\n');
  const unknown = testTerminal();
  assert.is(await run(['bench', 'nothing'], unknown), EXIT.usage);
  for (const name of names) assert.match(unknown.stderr, name);
});

test('the version is that of the package', async () => {
  const terminal = testTerminal();
  assert.is(await run(['--version'], terminal), EXIT.ok);
  assert.match(terminal.stdout, /^\d+\.\d+\.\d+/);
});

test.run();
