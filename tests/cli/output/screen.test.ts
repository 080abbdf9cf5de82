import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change, ServerState } from '../../../client-sdk/protocol/items.ts';
import { table } from '../../../server/cli/support/table.ts';
import { harmless, json } from '../../../server/cli/support/terminal.ts';
import { columnsOf, cut, printable, printableLines } from '../../../server/cli/support/text.ts';
import { causeText, changeLine, stateLines } from '../../../server/cli/watch/lines.ts';
import { type Picture, picture, Screen } from '../../../server/cli/watch/screen.ts';
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

test("rows that need a person come first; the last line is hostbeat's own state", () => {
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

test('a change shows before, after, cause, and the fact that the order hides', () => {
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

test('a host declared down and still alive comes first, in red, everywhere', () => {
  const alive = {
    ...server('zz', 'MAINTENANCE'),
    facts: { forced_down: true, disabled: true, live: true },
    heard_while_forced_down: true as const,
  };
  const states = [server('a', 'DOWN'), alive];
  const [first = ''] = picture(showing(states), plain);
  assert.match(first, /^MAINTENANCE +zz +still alive: the fence does not hold/);
  const red = `${ESCAPE}[31;1m`;
  assert.ok(picture(showing(states), { ...plain, colours: true })[0]?.includes(`${red}zz`));
  assert.match(stateLines([alive], false)[0] ?? '', /still alive: the fence does not hold$/);
  assert.ok(stateLines([alive], true)[0]?.includes(`${red}still alive`));
  const silent = { ...alive, facts: { ...alive.facts, live: false } };
  assert.not.match(picture(showing([silent]), plain).join(''), 'still alive');
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
      ['ID', 'AT', 'TO'],
      [
        ['1', 'long cell', 'x'],
        ['22', '', ''],
      ],
    ),
    'ID  AT         TO\n1   long cell  x\n22\n',
  );
});

test('causes are words, and of a switch they say which way it was turned', () => {
  const change = {
    kind: 'transition',
    server_id: 'id',
    name: 'vm',
    host_id: 'h',
    from: 'DOWN',
    to: 'UP',
    at: '2026-01-01T00:00:00.000Z',
  } as const;
  const facts = { forced_down: false, disabled: false, live: true };
  const said = (cause: string, more: object = { facts }) =>
    causeText({ ...change, ...more, cause } as Change);
  assert.is(said('forced_down'), 'force_down_lifted');
  assert.is(said('forced_down', { facts: { ...facts, forced_down: true } }), 'forced_down');
  assert.is(said('disabled'), 'enabled');
  assert.is(said('disabled', { facts: { ...facts, disabled: true } }), 'disabled');
  assert.is(said('eclipse\u001b[2J'), 'eclipse?[2J', 'a word that came later is shown as it is');
});

test('nothing of a stranger moves the cursor, turns the line or hides in it', () => {
  for (const bad of [
    '\u001b',
    '\u009b',
    '\u202e',
    '\u2066',
    '\u200b',
    '\ufeff',
    '\u00ad',
    '\u2028',
    '\u{e0041}',
    '\ud800',
  ])
    assert.is(printable(`a${bad}b`), 'a?b', bad.codePointAt(0)?.toString(16));
  assert.is(printableLines('a\r\nb\rc\td'), 'a\nb?c?d');
  const sent = json({ name: 'a\u202eb\u009b' });
  assert.not.match(sent, /[\u202e\u009b]/);
  assert.equal(JSON.parse(sent), { name: 'a\u202eb\u009b' }, 'a program reads what it is');
  const terminal = testTerminal();
  harmless(terminal).out('x\u001b[2Jy\n');
  harmless(terminal).err('x\u202ey\n');
  assert.is(terminal.stdout + terminal.stderr, 'x?[2Jy\nx?y\n');
});

test('wide characters take two columns, marks none, in tables and on the screen', () => {
  assert.is(columnsOf('数据库'), 6);
  assert.is(columnsOf('e\u0301'), 1);
  assert.is(columnsOf('🚀'), 2);
  assert.is(cut('数据库', 5), '数据');
  assert.is(
    table(
      ['ID', 'AT'],
      [
        ['数', 'x'],
        ['ab', 'y'],
      ],
    ),
    'ID  AT\n数  x\nab  y\n',
  );
  const lines = picture(showing([server('数'.repeat(60), 'UP'), server('b', 'UP')]), {
    ...plain,
    columns: 60,
  });
  for (const line of lines) assert.ok(columnsOf(line) < 60, line);
});

test('without a connection the last line says since when, and nothing of the tracker', () => {
  const waiting = {
    ...showing([server('a', 'UP')]),
    waitingSince: '2026-01-01T00:00:00.000Z',
    trouble: 'gone',
  };
  const last = picture(waiting, plain).at(-1) ?? '';
  assert.match(last, 'waiting since 2026-01-01T00:00:00.000Z');
  assert.match(last, 'gone');
  assert.not.match(last, /tracker/);
});

test('after a resize everything is drawn once, with the lines above the table', () => {
  const terminal = testTerminal({}, { columns: 100, rows: 10 });
  const screen = new Screen(terminal);
  screen.draw(showing([server('a', 'UP')]));
  for (let n = 0; n < 20; n++) screen.print(`change ${n}`);
  screen.draw(showing([server('a', 'UP')]));
  const before = terminal.stdout.length;
  screen.resized();
  screen.print('change 20');
  screen.draw(showing([server('a', 'UP')]));
  const drawn = terminal.stdout.slice(before).split('\n');
  assert.match(drawn[0] ?? '', '[H');
  assert.is(drawn.filter((line) => line.includes('UP')).length, 1);
  assert.match(drawn.at(-4) ?? '', 'change 20');
  assert.ok(drawn.length <= 10);
});

test.run();
