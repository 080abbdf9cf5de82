/**
 * The model of lease, digests and the question in every state that it can reach: two nodes, one service, and one stop, death, cut,
 * failed send or late message at any instant.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { check } from './check.ts';
import { GUARDS, type Guard, silenceModel } from './silence.ts';

const MOST_STATES = 500_000;
const test = suite('model of nodes');

test('no reachable state lets a silence be committed too early or by a former leader', () => {
  const { states, ends, trace } = check(silenceModel({ nodes: 2, faults: 1 }), MOST_STATES);
  assert.is(trace, undefined, trace?.join('\n'));
  assert.ok(states > 100_000, `only ${states} states: the model lost some of what may happen`);
  // Either may lead: silences are committed, also after a take-over.
  assert.equal([...ends.keys()].sort(), ['node A commits the silence', 'node B commits the silence']);
});

test('three nodes without a fault commit no silence too early', () => {
  const { states, ends, trace } = check(silenceModel({ nodes: 3, faults: 0 }), MOST_STATES);
  assert.is(trace, undefined, trace?.join('\n'));
  assert.ok(states > 50_000, `only ${states} states: the model lost some of what may happen`);
  assert.equal([...ends.keys()], ['node A commits the silence']);
});

for (const [guard, rule] of Object.entries(GUARDS)) {
  test(`the model breaks unless ${rule}`, () => {
    const { trace } = check(silenceModel({ nodes: 2, faults: 1, without: guard as Guard }), MOST_STATES);
    assert.ok(trace !== undefined, 'nothing breaks');
    assert.match(trace.at(-1) ?? '', /^node A commits a silence, and (node|another node) /);
  });
}

test.run();
