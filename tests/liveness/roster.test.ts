import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newService } from '../../server/domain/transition.ts';
import { Deadlines } from '../../server/liveness/services/deadlines.ts';
import { Roster } from '../../server/liveness/services/registry.ts';

const test = suite('roster');

const PERIODS = { reportInterval: 10_000, serviceDownTime: 60_000 };
const create = () => new Roster(new Deadlines(0), PERIODS);
const service = (host: string, binary: string) => ({
  ...newService({ uuid: 'u', host, binary }, 0),
  live: true,
});

test('what came after a service is expected again, until it or the other is gone', () => {
  const roster = create();
  const [a, b] = ['c1', 'c2'].map((host) => roster.add(service(host, 'b'), 0, 0, false)) as [number, number];
  roster.cameAfter(a, b);
  assert.is(roster.expectedAfter(a), b);
  roster.remove(b);
  assert.is(roster.service(roster.expectedAfter(a)!), undefined);
  assert.is(roster.slotOf({ host: 'c2', binary: 'b' }), undefined);
  roster.remove(a);
  assert.is(roster.expectedAfter(a), undefined);
  roster.cameAfter(a, b);
});

test('what was heard is given out a part at a time, those that wait longest first, each once', () => {
  const roster = create();
  const slots = Array.from({ length: 10 }, (_, n) => roster.add(service(`c${n}`, 'b'), 0, 0, false));
  for (const slot of slots) roster.heard(slot, 1, 1);
  assert.equal(roster.takeUnwritten(4), slots.slice(0, 4));
  for (const slot of slots) roster.heard(slot, 2, 2);
  assert.equal(roster.takeUnwritten(4), slots.slice(4, 8));
  assert.equal(roster.takeUnwritten(100), [...slots.slice(8), ...slots.slice(0, 4)]);
});

test('it counts who is live and who is not without looking at them', () => {
  const roster = create();
  const slots = ['c1', 'c2', 'c3'].map((host) => roster.add(service(host, 'b'), 0, 0, false));
  roster.replace(slots[0]!, { ...service('c1', 'b'), live: false });
  assert.equal(roster.counts(), { live: 2, silent: 1, brokenFences: 0 });
  roster.remove(slots[0]!);
  roster.remove(slots[1]!);
  assert.equal(roster.counts(), { live: 1, silent: 0, brokenFences: 0 });
});

test.run();
