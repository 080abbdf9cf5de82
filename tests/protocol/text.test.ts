/** PROTOCOL.md is normative: what it says of frames, values and closes is what the schemas say, no more and no less. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { z } from 'zod';
import { CLOSE } from '../../client-sdk/protocol/close-codes.ts';
import * as schemas from '../../client-sdk/protocol/schemas.ts';
import { OPTIONS } from '../../server/config/options/table.ts';

const test = suite('PROTOCOL.md');
const text = readFileSync(join(import.meta.dirname, '../../client-sdk/protocol/PROTOCOL.md'), 'utf8');

/** What is between this heading and the next of its rank or above. */
function section(heading: string): string {
  const [, found] = text.split(`\n${heading}\n`);
  assert.ok(found, heading);
  const rank = heading.indexOf(' ');
  return found.split(new RegExp(`\\n#{1,${rank}} `))[0] as string;
}

/** The words in code spans, a value's or field's alternatives among them. */
const words = (line: string) => [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
const rows = (heading: string) =>
  section(heading)
    .split('\n')
    .filter((line) => /^\| +(`(?!type`)|\d)/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));

/** Names of fields, with a mark where one may be absent, in any order. */
function fieldsOf(shape: Readonly<Record<string, z.ZodType>>): string[] {
  return Object.entries(shape)
    .filter(([name]) => name !== 'type')
    .map(([name, schema]) => (schema.safeParse(undefined).success ? `${name}?` : name))
    .sort();
}

/** `a{b, c}?` is the field `a?`; `a: [x, y]` is the field `a`. */
const fieldNames = (cell: string) =>
  words(cell)
    .map((word) => word.replace(/[{:].*?(\??)$/, '$1'))
    .sort();

for (const [heading, union] of [
  ['## What a client sends', schemas.Upstream],
  ['## What the server sends', schemas.Downstream],
] as const) {
  test(`${heading.slice(3)}: every frame, with every field`, () => {
    const sent = rows(heading).map(([, type, fields]) => [words(type ?? '')[0], fieldNames(fields ?? '')]);
    const known = union.options.map(({ shape }) => [shape.type.value, fieldsOf(shape)]);
    const byName = (all: unknown[][]) => Object.fromEntries(all);
    assert.equal(byName(sent), byName(known));
  });
}

test('the conversation it shows is one', () => {
  const lines = section('## A conversation').split('\n');
  const frames = lines.filter((line) => /^[→←]/.test(line));
  assert.ok(frames.length > 8);
  for (const line of frames) {
    const schema = line.startsWith('→') ? schemas.Upstream : schemas.Downstream;
    const frame = JSON.parse(line.slice(2));
    // Nothing is dropped: every field is one that the schema has.
    assert.equal(schema.parse(frame), line.includes('"subscribe"') ? { ...frame, stream: 'project' } : frame);
  }
});

test('items: every field of a state and of a change, every kind, every cause', () => {
  const items = section('### Items');
  const fields = (after: string) => {
    const [, rest = ''] = items.split(after);
    return fieldNames(rest.split(/\.\s/)[0] as string);
  };
  assert.equal(fields("A server's state in a snapshot:\n"), fieldsOf(schemas.ServerState.shape));
  assert.equal(fields('A change in an event: '), fieldsOf(schemas.Change.shape));
  const [, causes = ''] = items.split('- `cause`: ');
  assert.equal(words(causes.split('\n- ')[0] as string).sort(), [...schemas.CAUSES].sort());
  const kinds = [...schemas.CHANGE_KINDS, ...schemas.ServiceChange.shape.kind.options];
  for (const kind of kinds) assert.ok(words(items).includes(kind), kind);
  const hosts = words(items.split('On `hosts`')[1] as string);
  const only = (shape: object, of: object) => Object.keys(shape).filter((name) => !(name in of));
  for (const name of only(schemas.ServiceChange.shape, schemas.Change.shape))
    assert.ok(hosts.includes(name), name);
});

test('every reason, state, error and close is there', () => {
  const resuming = words(section('## Resuming: exactly three answers'));
  for (const reason of schemas.RESET_REASONS) assert.ok(resuming.includes(reason), reason);
  const sends = words(section('## What the server sends'));
  for (const state of schemas.OBSERVER_STATES) assert.ok(sends.includes(state), state);
  const sent = rows('## Errors and closes');
  const errors = sent.map(([, code]) => words(code ?? '')[0]).filter((code) => code !== undefined);
  assert.equal([...new Set(errors)].sort(), [...schemas.ERROR_CODES].sort());
  const closes = sent.flatMap(([, code]) => (code ?? '').match(/\b\d{4}\b/g) ?? []).map(Number);
  assert.equal(
    closes.sort(),
    Object.values(CLOSE)
      .map(({ code }) => code)
      .sort(),
  );
});

test('the limits it names are the defaults', () => {
  const limits = section('## Limits');
  const said = (name: keyof typeof OPTIONS) => {
    const { default: value } = OPTIONS[name] as { default: string };
    const number = Number(value);
    if (number % 1_048_576 === 0) return `${number / 1_048_576} MiB`;
    return number % 1_024 === 0 ? `${number / 1_024} KiB` : number.toLocaleString('en').replaceAll(',', ' ');
  };
  const named = {
    maxFrame: "client's frame",
    maxSubscriptions: 'subscriptions per connection',
    maxBacklog: 'waiting for a socket',
    maxConnectionsPerProject: 'connections per project',
    retentionItems: 'items of retention',
    maxReplay: 'items replayed',
  } as const;
  for (const [name, what] of Object.entries(named)) {
    const value = said(name as keyof typeof named);
    const either = limits.includes(`${what} ${value}`) || limits.includes(`${value} ${what}`);
    assert.ok(either, `${name}: ${value} ${what}`);
  }
});

test.run();
