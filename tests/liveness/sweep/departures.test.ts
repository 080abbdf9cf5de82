import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Departures } from '../../../server/liveness/sweep/departures.ts';
import type { Suspicion } from '../../../server/liveness/sweep/suspect.ts';

const test = suite('departures');

const lost = (slot: number, fields: Partial<Suspicion> = {}): Suspicion =>
  ({
    slot,
    service: 100 + slot,
    reports: 1,
    cause: 'connection_lost',
    evidence: 'reset',
    ...fields,
  }) as Suspicion;
const goodbye = (slot: number, fields: Partial<Suspicion> = {}) =>
  lost(slot, { cause: 'goodbye', evidence: 'goodbye', ...fields });
const overdue = (slot: number, fields: Partial<Suspicion> = {}) =>
  lost(slot, { cause: 'timeout', evidence: 'none', ...fields });

test('each wait is announced with its end, and one of nobody is not', () => {
  const ends: number[] = [];
  const departures = new Departures((until) => ends.push(until));
  departures.open([lost(1)], 1_000, 500);
  departures.open([], 1_000, 100);
  departures.open([goodbye(2)], 1_000, 2_000);
  assert.equal(ends, [1_500, 3_000]);
  assert.is(departures.next(), 1_500);
});

test('the services of a wait are given out once, when it is over', () => {
  const departures = new Departures(() => undefined);
  const [one, two, three] = [lost(1), lost(2), goodbye(3)];
  departures.open([one, two], 0, 500);
  departures.open([three], 0, 2_000);
  assert.equal(departures.over(499), []);
  assert.equal(departures.over(500), [one, two]);
  assert.equal([departures.over(500), departures.slots(), departures.next()], [[], [3], 2_000]);
  assert.equal(departures.over(9_000), [three]);
  assert.is(departures.next(), Number.POSITIVE_INFINITY);
});

test('a service that announced its return is expected, until its wait is over', () => {
  const departures = new Departures(() => undefined);
  departures.open([goodbye(1)], 0, 500);
  assert.ok(departures.isExpected(overdue(1)));
  assert.not(departures.isExpected(overdue(1, { reports: 2 })), 'it reported since');
  assert.not(departures.isExpected(overdue(1, { service: 999 })), 'another service has the slot now');
  assert.not(departures.isExpected(overdue(2)));
  departures.over(500);
  assert.not(departures.isExpected(overdue(1)));
});

test('how a connection ended is known of the same service until it reports', () => {
  const departures = new Departures(() => undefined);
  departures.open([lost(1)], 0, 500);
  assert.is(departures.evidenceOf(overdue(1)), 'reset');
  assert.is(departures.evidenceOf(overdue(1, { reports: 2 })), undefined);
  assert.is(departures.evidenceOf(overdue(1, { service: 999 })), undefined);
  assert.not(departures.isExpected(overdue(1)), 'a lost connection announces nothing');
  departures.over(500);
  assert.is(departures.evidenceOf(overdue(1)), undefined);
});

test('the end of an earlier wait leaves what a later one says of the slot', () => {
  const departures = new Departures(() => undefined);
  departures.open([goodbye(1)], 0, 500);
  departures.open([goodbye(1, { reports: 5 })], 100, 5_000);
  departures.over(500);
  assert.ok(departures.isExpected(overdue(1, { reports: 5 })));
});

test('a node that does not decide forgets only waits that ended long ago', () => {
  const departures = new Departures(() => undefined);
  departures.open([lost(1)], 0, 500);
  departures.open([goodbye(2)], 0, 20_000);
  departures.forget(500);
  assert.equal(departures.slots(), [1, 2]);
  departures.forget(501);
  assert.equal(departures.slots(), [2]);
  assert.ok(departures.isExpected(overdue(2)));
});

test.run();
