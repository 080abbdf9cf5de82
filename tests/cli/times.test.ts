/** How commands read and print times and ids. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withNames } from '../../server/cli/support/names.ts';
import { timeOf, utc, withAges } from '../../server/cli/support/times.ts';

const test = suite('times and names of commands');
const NOW = Date.parse('2026-01-31T12:00:00Z');

test('every time that is printed has its zone and milliseconds', () => {
  assert.is(utc('2026-01-31T11:59:00.123000'), '2026-01-31T11:59:00.123Z');
  assert.is(utc('2026-01-31T11:59:00'), '2026-01-31T11:59:00Z');
  assert.is(utc('2026-01-31T11:59:00.123Z'), '2026-01-31T11:59:00.123Z');
});

test('the age stands behind a time, wherever in a text it is', () => {
  for (const [text, aged] of [
    ['at 2026-01-31T11:59:30.000Z: DOWN', 'at 2026-01-31T11:59:30.000Z (30 s): DOWN'],
    ['since 2026-01-31T09:00:00Z.', 'since 2026-01-31T09:00:00Z (3 h).'],
    ['2026-01-31T11:59:00.500000', '2026-01-31T11:59:00.500Z (60 s)'],
    ['until 2026-01-31T13:00:00.000Z', 'until 2026-01-31T13:00:00.000Z (in 60 min)'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T12:00:00+02:00'],
    ['-', '-'],
  ] as const)
    assert.is(withAges(text, NOW), aged);
});

test('a moment is given as a time or as how long ago, and nothing else is', () => {
  assert.is(timeOf('--since', '2026-01-31T13:00:00+01:00', NOW), '2026-01-31T12:00:00.000Z');
  assert.is(timeOf('--since', '10m', NOW), '2026-01-31T11:50:00.000Z');
  assert.throws(() => timeOf('--since', 'yesterday', NOW), /--since \(yesterday\) must be a time/);
});

test('an id becomes its name, or short where it has none', () => {
  const id = 'a0000000000000000000000000000002';
  const names = new Map([[id, 'demo']]);
  assert.is(withNames(`member on project:${id}`, names), 'member on project:demo');
  assert.is(withNames('instance:6a1f0e2c-8d4b-4f7a-9c3e-2b5d7f9a1c3e', names), 'instance:6a1f0e2c');
  assert.is(withNames('service:compute-1/nova-compute', names), 'service:compute-1/nova-compute');
});

test.run();
