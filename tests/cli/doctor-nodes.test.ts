/** What the doctor says of several nodes on one database, from what `/v1/nodes` answers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { NodeList, NodeState } from '../../server/api/answers/nodes.ts';
import { judgeNodes } from '../../server/cli/doctor/nodes.ts';

const test = suite('hostbeat doctor on nodes');

/** Sound nodes with these differences, numbered from 1; the first one leads and is asked. */
function listOf(...nodes: readonly Partial<NodeState>[]): NodeList {
  return {
    self: 1,
    database: null,
    nodes: nodes.map((node, at) => ({
      id: at + 1,
      name: `m${at + 1}`,
      version: '0.2.0',
      started_at: '2026-01-01T00:00:00.000Z',
      leads: at === 0,
      state: 'live',
      commit: 5_000,
      behind: 0,
      heard_ms_ago: 20,
      trouble: null,
      ...node,
    })),
  };
}

test('sound nodes are counted, and the one that leads is named', () => {
  assert.equal(judgeNodes(listOf({}, {}, {})), { verdict: 'ok', words: '3 nodes, and 1 (m1) leads' });
  assert.equal(judgeNodes(listOf({ leads: false }, { leads: true, name: null })), {
    verdict: 'ok',
    words: '2 nodes, and 2 leads',
  });
});

test('one process that uses the database alone is skipped', () => {
  const { verdict, words } = judgeNodes({ self: null, nodes: [], database: null });
  assert.is(verdict, 'skipped');
  assert.match(words, 'uses the database alone');
});

for (const [what, nodes, verdict, words] of [
  ['nodes of which none leads', [{ leads: false }, {}], 'wrong', /no node leads.*log of each node/],
  ['a node in trouble', [{}, { trouble: 'it hears nobody' }], 'wrong', /^node 2 \(m2\): it hears nobody$/],
  [
    'a node with other settings',
    [{}, {}, { trouble: 'its settings differ from those of the node that leads: auth' }],
    'wrong',
    /^node 3 \(m3\): its settings differ .*: auth$/,
  ],
  ['a node far behind', [{}, { behind: 1_001 }], 'wrong', /2 \(m2\) is 1001 commits behind.*processor time/],
  [
    'two versions',
    [{}, { version: '0.1.0' }],
    'note',
    /versions 0\.2\.0, 0\.1\.0 run side by side: finish the upgrade/,
  ],
  ['two nodes on one machine', [{}, { name: 'm1' }], 'note', /several nodes run on m1: .*their machine/],
  ['a node alone', [{}], 'note', /no other can take over.*start another with the same HOSTBEAT_DATABASE_URL/],
] as const)
  test(`${what}: ${verdict}, with what to do`, () => {
    const finding = judgeNodes(listOf(...nodes));
    assert.is(finding.verdict, verdict);
    assert.match(finding.words, words);
  });

test('faults are printed before notes', () => {
  const old = { version: '0.1.0', name: 'm1' };
  assert.is(judgeNodes(listOf({}, { ...old, trouble: 'x' })).verdict, 'wrong');
  assert.is(judgeNodes(listOf({ leads: false }, { ...old, leads: false })).verdict, 'wrong');
});

test('a node that is slightly behind, or cannot be checked now, is not a fault', () => {
  const { verdict } = judgeNodes(
    listOf({}, { behind: 1_000 }, { name: null, version: null }, { name: null }),
  );
  assert.is(verdict, 'ok');
});

test.run();
