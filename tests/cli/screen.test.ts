import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change, ServerState } from '../../client-sdk/protocol/items.ts';
import { table } from '../../server/cli/support/table.ts';
import { changeLine, stateLines } from '../../server/cli/watch/lines.ts';
import { type Picture, picture, Screen } from '../../server/cli/watch/screen.ts';
import { testTerminal } from './terminal.ts';

const test = suite('what watch shows');

const ESCAPE = '\u001b';

function server(
  name: string,
  host_status: ServerState['host_status'],
  facts?: ServerState['facts'],
): ServerState {
  return {
    server_id: `id-of-${name}`,
    name,
    ...(host_status === undefined ? {} : { host_status }),
    host_id: 'h',
    since: '2026-01-01T00:00:00.000Z',
    ...(facts === undefined ? {} : { facts }),
  };
}

function showing(states: readonly ServerState[]): Picture {
  return { states, connection: 'live', tracker: 'ok', url: 'http://x' };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

const plain = { columns: 100, rows: 30, colours: false };

test('what needs a person stands first, and the last line says how hostbeat itself is', () => {
  const lines = picture(
    showing([
      server('a', 'UP'),
      server('b', 'UNKNOWN'),
      server('c', 'DOWN'),
      server('d', ''),
      server('e', 'MAINTENANCE'),
    ]),
    plain,
  );
  assert.equal(
    lines.slice(0, 5).map((line) => line.slice(0, 14).trim()),
    ['DOWN         c', 'UNKNOWN      b', 'MAINTENANCE  e', '-            d', 'UP           a'],
  );
  assert.is(lines[5], '5 in all; http://x: live, tracker ok');
});

test('the table fits the terminal, however many servers and however long their names', () => {
  const many = Array.from({ length: 500 }, (_, n) =>
    server(`${n}-${'x'.repeat(200)}`, n === 499 ? 'DOWN' : 'UP'),
  );
  const lines = picture(showing(many), { columns: 60, rows: 20, colours: false });
  assert.ok(lines.length < 20);
  assert.ok(lines.every((line) => line.length <= 60));
  assert.match(lines[0] ?? '', /^DOWN/);
  assert.match(lines.at(-2) ?? '', 'and 484 more');
});

test('colours only where they are wanted', () => {
  const states = showing([server('a', 'DOWN')]);
  assert.not.match(picture(states, plain).join(''), ESCAPE);
  assert.match(picture(states, { ...plain, colours: true }).join(''), `${ESCAPE}[31;1m`);
});

test('a name cannot move the cursor or colour the terminal', () => {
  const evil = server(`${ESCAPE}[2Jgone\r\n\u009b31m`, 'UP');
  for (const text of [
    picture(showing([evil]), plain).join(''),
    stateLines([evil], false).join(''),
    table(['NAME'], [[evil.name]]).replace(/\n/g, ''),
  ])
    assert.not.match(text, CONTROL);
});

test('a change says what it was, what it is, why, and the fact that an order of precedence hides', () => {
  const change: Change = {
    kind: 'annotation',
    server_id: 'id',
    name: 'vm',
    host_id: 'h',
    from: 'MAINTENANCE',
    to: 'MAINTENANCE',
    facts: { forced_down: true, disabled: true, live: false },
    cause: 'forced_down',
    at: '2026-01-01T00:00:00.000Z',
  };
  assert.is(
    changeLine(change, false),
    '2026-01-01T00:00:00.000Z MAINTENANCE vm id annotation by forced_down [forced_down disabled silent]',
  );
  assert.is(
    changeLine({ ...change, kind: 'transition', from: 'UP', to: 'DOWN' }, false),
    '2026-01-01T00:00:00.000Z DOWN        vm id (was UP) by forced_down [forced_down disabled silent]',
  );
});

test('the table is drawn in place, changes stay above it, and the cursor comes back', () => {
  const terminal = testTerminal({}, { interactive: true });
  const screen = new Screen(terminal);
  screen.draw(showing([server('a', 'UP')]));
  screen.draw(showing([server('a', 'DOWN')]));
  screen.print('a change');
  screen.draw(showing([server('a', 'DOWN')]));
  screen.close();
  assert.match(terminal.stdout, `${ESCAPE}[2A\r${ESCAPE}[0JDOWN`);
  assert.is(terminal.stdout.split(`${ESCAPE}[2A`).length, 3, 'after a printed line nothing is erased');
  assert.ok(terminal.stdout.endsWith(`${ESCAPE}[?25h`));
});

test('columns are as wide as their widest cell', () => {
  assert.is(
    table(
      ['A', 'B', 'C'],
      [
        ['1', 'long cell', 'x'],
        ['22', '', ''],
      ],
    ),
    'A   B          C\n1   long cell  x\n22\n',
  );
});

test.run();
