import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { longestWait, ReconnectPolicy } from '../../../client-sdk/src/connection/reconnect-policy.ts';

const test = suite('reconnect policy');
const CAPS = [2_000, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000];

test('the first retry is spread over 2 s, then 500 ms double up to 30 s, for ever', () => {
  assert.equal(
    CAPS.map((_, attempt) => longestWait(attempt)),
    CAPS,
  );
  assert.is(longestWait(1_000_000), 30_000);
});

test('jitter is full: a wait may be anything from nothing to its bound', () => {
  const shortest = new ReconnectPolicy(() => 0);
  const middle = new ReconnectPolicy(() => 0.5);
  assert.equal(
    CAPS.map(() => shortest.nextWait(0)),
    CAPS.map(() => 0),
  );
  assert.equal(
    CAPS.map(() => middle.nextWait(0)),
    CAPS.map((cap) => cap / 2),
  );
});

test('only "synced" makes the next loss a first one again', () => {
  const policy = new ReconnectPolicy(() => 0.5);
  for (let n = 0; n < 5; n += 1) policy.nextWait(0);
  assert.is(policy.nextWait(0), 4_000);
  policy.onSynced();
  assert.is(policy.nextWait(0), 1_000);
});

test('a drain hint is a window counted from when it was heard, and holds once', () => {
  const policy = new ReconnectPolicy(() => 0.5);
  policy.hint([1_000, 3_000], 100);
  assert.is(policy.nextWait(600), 1_500, 'of 2 000 ms, 500 are over');
  assert.is(policy.nextWait(600), 250, 'afterwards the back-off goes on');
  policy.hint([1_000, 3_000], 0);
  assert.is(policy.nextWait(5_000), 0, 'the moment is over');
});

test('no drain hint makes a client wait for more than five minutes', () => {
  const policy = new ReconnectPolicy(() => 0.5);
  policy.hint([86_400_000, 86_400_000], 0);
  assert.is(policy.nextWait(0), 300_000);
  policy.hint([0, 86_400_000], 0);
  assert.is(policy.nextWait(0), 150_000);
});

test('an expired token is renewed at once, without hammering a server that expires all', () => {
  const policy = new ReconnectPolicy(() => 0.5);
  assert.is(policy.nextWait(0, true), 0);
  assert.is(policy.nextWait(0, true), 250);
  policy.onSynced();
  assert.is(policy.nextWait(0, true), 0);
});

test.run();
