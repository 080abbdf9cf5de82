/** How long a client with several nodes waits before it tries another one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Endpoints } from '../../../client-sdk/src/connection/endpoints.ts';
import { BASE_MS, FIRST_RETRY_MS } from '../../../client-sdk/src/connection/reconnect-policy.ts';

const test = suite('waits before another node');

/** Three nodes; every wait is the longest that can be drawn. */
const three = () => new Endpoints(['a', 'b', 'c'], () => 1);

test('clients that lose a node together spread their first tries', () => {
  const nodes = three();
  nodes.onSynced();
  assert.is(nodes.onLost(0, false), FIRST_RETRY_MS);
  assert.is(nodes.url, 'b');
  // b was never in step with this client.
  assert.is(nodes.onLost(0, false), BASE_MS);
  assert.is(nodes.url, 'c');
});

test('a client that never caught up waits as after any failure', () => {
  assert.is(three().onLost(0, false), BASE_MS);
});

test('a node that drains is left at once, and that counts for one move', () => {
  const nodes = three();
  nodes.onSynced();
  nodes.hint([60_000, 90_000], 0);
  assert.is(nodes.onLost(0, false), 0);
  assert.is(nodes.onLost(0, false), BASE_MS);
});

test('of nodes that all have to wait, the one whose time comes first is next', () => {
  const nodes = three();
  nodes.hint([60_000, 90_000], 0);
  for (const next of ['b', 'c', 'b']) {
    nodes.onLost(0, false);
    assert.is(nodes.url, next);
  }
});

test('a drain that was followed by a catch-up is over', () => {
  const nodes = three();
  nodes.hint([60_000, 90_000], 0);
  nodes.onSynced();
  assert.is(nodes.onLost(0, false), FIRST_RETRY_MS);
});

test.run();
