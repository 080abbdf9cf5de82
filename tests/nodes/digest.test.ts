/** Messages between nodes: what is written is read, by nobody else's hand, within what PostgreSQL carries. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Digest, digestKey, packed, read, unpacked, written } from '../../server/nodes/digest.ts';
import { differing, digestsOf } from '../../server/nodes/settings.ts';

const test = suite('digest');
const mac = digestKey(new Uint8Array(32).fill(1));
const EMPTY = { from: 3, heard: [], departed: [], answers: [], peers: [], tail: 0 };
const LONGEST = 7_999;

function counter(): () => number {
  let n = 0;
  return () => ++n;
}

test('any ids come back as they were', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 40 })), (ids) => {
      const sorted = ids.toSorted((a, b) => a - b);
      assert.equal(unpacked(packed(sorted)), sorted);
    }),
  );
});

test('many ids go in several messages, in order, and the answer is in the last', () => {
  const heard = Array.from({ length: 5_000 }, (_, n) => (n + 1) * 1_001);
  const departed = Array.from({ length: 90 }, (_, service) => ({
    service,
    cause: 'connection_lost' as const,
    evidence: 'closed' as const,
    wait: 2_000,
  }));
  const peers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const trouble = 'ä'.repeat(4_000);
  const settings = digestsOf({ policy_file: 1, service_down_time: 2, report_interval: 3, auth: 4 });
  const digest = {
    ...EMPTY,
    heard,
    departed,
    peers,
    trouble,
    settings,
    answers: [[1, 5] as const],
    ask: 9,
    state: 'left' as const,
  };
  const messages = written(digest, counter(), mac);
  for (const message of messages)
    assert.ok(Buffer.byteLength(message) <= LONGEST, `${Buffer.byteLength(message)}`);
  const parts = messages.map((message) => read(message, mac) as Digest);
  assert.equal(
    parts.map(({ n }) => n),
    parts.map((_, n) => n + 1),
  );
  assert.equal(
    parts.flatMap((part) => part.heard),
    heard,
  );
  assert.equal(
    parts.flatMap((part) => part.departed),
    departed,
  );
  assert.equal(
    parts.map(({ ask, answers, state }) => [ask, answers.length, state]),
    parts.map((_, n) => (n === parts.length - 1 ? [9, 1, 'left'] : [undefined, 0, undefined])),
  );
});

test('of very many answers the newest are sent, which answer all before them', () => {
  const answers = Array.from({ length: 45 }, (_, n) => [1, n + 1] as const);
  const parts = written({ ...EMPTY, answers }, counter(), mac).map((message) => read(message, mac));
  assert.equal(parts.at(-1)?.answers, answers.slice(-20));
});

test('many departures go in several messages, though nothing else was heard', () => {
  const departed = Array.from({ length: 90 }, (_, service) => ({
    service,
    cause: 'goodbye' as const,
    evidence: 'goodbye' as const,
    wait: 2_000,
  }));
  const parts = written({ ...EMPTY, departed }, counter(), mac).map((message) => read(message, mac));
  assert.equal(
    parts.flatMap((part) => part?.departed ?? []),
    departed,
  );
});

test('services come back, in whatever order they reported', () => {
  const [message = ''] = written({ ...EMPTY, heard: [9, 3, 5] }, counter(), mac);
  assert.equal(read(message, mac)?.heard, [3, 5, 9]);
});

test('a message of another key, a changed one and nonsense say nothing', () => {
  const [message = ''] = written({ ...EMPTY, heard: [1, 2] }, counter(), mac);
  assert.ok(read(message, mac));
  assert.is(read(message, digestKey(new Uint8Array(32))), undefined);
  assert.is(read(message.replace('"from":3', '"from":4'), mac), undefined);
  for (const nonsense of ['', 'x', message.slice(0, 16), `${mac('9 x {}')} 9 x {}`]) {
    assert.is(read(nonsense, mac), undefined);
  }
});

test('settings that differ are named, and no value is in the message', () => {
  const ours = digestsOf({ policy_file: 'secret', service_down_time: 30_000, of_a_newer_version: 1 });
  const theirs = digestsOf({ policy_file: 'secret', service_down_time: 60_000 });
  assert.equal(differing(ours, theirs), ['service_down_time']);
  assert.equal(differing(ours, ours), []);
  assert.equal(differing(ours, undefined), [], 'an older version says nothing');
  const [message = ''] = written({ ...EMPTY, settings: ours }, counter(), mac);
  assert.equal(read(message, mac)?.settings, ours);
  assert.not.match(message, 'secret');
  assert.not.match(message, '30000');
});

test.run();
