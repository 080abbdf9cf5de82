/** Details of an instance as text: every reader gets back what was written, however it is cut and shared. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { detailsOf, detailsText } from '../../db/details-text.ts';
import type { InstanceDetails } from '../../server/domain/instances/instance.ts';
import { someDetails } from '../support/builders.ts';

/** Names that the cut between what is a server's own and what many have alike could be mistaken at. */
const name = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom('progress', 'hostname', ',"progress":1', '"', '\\', 'fault'),
);
const words = fc.dictionary(name, name, { maxKeys: 3 });
const address = fc.record({
  addr: name,
  version: fc.constant<4>(4),
  type: fc.constant<'fixed'>('fixed'),
  mac_addr: name,
});
const details: fc.Arbitrary<InstanceDetails> = fc
  .record({
    hostname: fc.option(name),
    description: fc.option(name),
    userData: fc.option(name),
    metadata: words,
    tags: fc.array(name, { maxLength: 2 }),
    addresses: fc.dictionary(name, fc.array(address, { maxLength: 2 }), { maxKeys: 2 }),
    schedulerHints: fc.dictionary(name, fc.jsonValue(), { maxKeys: 2 }),
    progress: fc.oneof(fc.nat(100), fc.constantFrom(-1, 0.5)),
    fault: fc.option(
      fc.record({ code: fc.nat(600), created: fc.nat(), message: name, details: fc.option(name) }),
    ),
  })
  .map((some) => JSON.parse(JSON.stringify(someDetails(some))));

const test = suite('details as text');

test('written details are read back, value by value', () => {
  fc.assert(
    fc.property(details, (written) => {
      assert.equal(detailsOf(detailsText(written)), written);
    }),
    { numRuns: 500 },
  );
});

test('the text is JSON that a query can look into', () => {
  fc.assert(
    fc.property(details, (written) => {
      assert.equal(JSON.parse(detailsText(written)), written);
    }),
  );
});

test('any other order of the keys is read too, as older versions wrote it', () => {
  fc.assert(
    fc.property(details, fc.infiniteStream(fc.nat()), (written, order) => {
      const shuffled = Object.entries(written)
        .map(([key, value]) => ({ key, value, at: order.next().value }))
        .sort((a, b) => a.at - b.at);
      const text = JSON.stringify(Object.fromEntries(shuffled.map(({ key, value }) => [key, value])));
      assert.equal(detailsOf(text), written);
    }),
  );
});

test('a text whose first progress is inside a value is read as a whole', () => {
  const text = '{"hostname":"h","schedulerHints":{"a":1,"progress":2},"progress":3}';
  assert.equal(detailsOf(text), JSON.parse(text));
});

test('servers with the same remainder share its values and nothing of their own', () => {
  const [one, other] = ['one', 'other'].map((hostname) =>
    detailsOf(detailsText(someDetails({ hostname, metadata: { of: hostname } }))),
  );
  assert.is(one?.flavor, other?.flavor);
  assert.equal([one?.hostname, one?.metadata], ['one', { of: 'one' }]);
  assert.equal([other?.hostname, other?.metadata], ['other', { of: 'other' }]);
});

test('a text that is not JSON is refused', () => {
  assert.throws(() => detailsOf('{"hostname":"h","progress":1'), /JSON/);
});

test.run();
