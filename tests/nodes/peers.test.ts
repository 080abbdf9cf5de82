/** Which nodes are there, by their messages and this node's own looks. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Digest } from '../../server/nodes/digest.ts';
import { LOST_AFTER, Peers } from '../../server/nodes/peers.ts';

const test = suite('peers');

const REMEMBERED = 600_000;

function message(from: number, n: number, more: Partial<Digest> = {}): Digest {
  return { from, n, heard: [], departed: [], peers: [], tail: 0, answers: [], ...more };
}

/** Time passes, in looks that come in time. */
function pass(peers: Peers, ms: number): void {
  for (let passed = 0; passed < ms; passed += 200) peers.look(200);
}

const ids = (peers: Peers) => peers.live().map(({ id }) => id);

test('a node that is silent for a second is lost, and said to be once', () => {
  const peers = new Peers();
  peers.heard(message(7, 1));
  pass(peers, LOST_AFTER - 200);
  assert.equal([peers.silent(), ids(peers)], [[], [7]]);
  pass(peers, 200);
  assert.equal([peers.silent(), ids(peers)], [[7], []]);
  assert.equal(peers.silent(), []);
});

test('a pause of this node does not count as silence of the others', () => {
  const peers = new Peers();
  peers.heard(message(7, 1));
  peers.look(3_600_000);
  assert.equal(peers.silent(), []);
  // A clock that runs back takes nothing away either.
  peers.look(-3_600_000);
  pass(peers, LOST_AFTER - 600);
  assert.equal(peers.silent(), []);
  pass(peers, 200);
  assert.equal(peers.silent(), [7]);
});

test('an old message brings no lost node back, a new one does', () => {
  const peers = new Peers();
  assert.ok(peers.heard(message(7, 5)));
  pass(peers, LOST_AFTER);
  peers.silent();
  for (const n of [4, 5]) assert.not(peers.heard(message(7, n)));
  assert.equal(ids(peers), []);
  assert.ok(peers.heard(message(7, 6)));
  assert.equal(ids(peers), [7]);
});

test('a node that left is not waited for, and does not count as another node', () => {
  const peers = new Peers();
  peers.heard(message(7, 1));
  assert.ok(peers.hasOthers);
  peers.heard(message(7, 2, { state: 'left' }));
  assert.equal([ids(peers), peers.hasOthers], [[], false]);
});

test('a node that leaves a question unanswered is given up once', () => {
  const peers = new Peers();
  peers.heard(message(7, 1));
  assert.equal([peers.give(7), peers.give(7), peers.give(8)], [true, false, false]);
  assert.equal(ids(peers), []);
});

test('a lost node is remembered for ten minutes, and no longer', () => {
  const peers = new Peers();
  peers.heard(message(7, 9));
  pass(peers, REMEMBERED - 200);
  peers.silent();
  assert.ok(peers.hasOthers);
  pass(peers, 200);
  peers.silent();
  assert.not(peers.hasOthers);
  assert.ok(peers.heard(message(7, 1)));
});

test.run();
