import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newService } from '../../server/domain/transition.ts';
import { Deadlines } from '../../server/liveness/services/deadlines.ts';
import { ServiceRegistry } from '../../server/liveness/services/registry.ts';

const test = suite('registry');

const PERIODS = { reportInterval: 10_000, serviceDownTime: 60_000 };
const create = () => new ServiceRegistry(new Deadlines(0), PERIODS);
const service = (host: string, binary: string) => ({
  ...newService({ uuid: 'u', host, binary }, 0),
  live: true,
});

test('what came after a service is expected again, until it or the other is gone', () => {
  const registry = create();
  const [a, b] = ['c1', 'c2'].map((host) => registry.add(service(host, 'b'), 0, 0, false)) as [
    number,
    number,
  ];
  registry.lastReports.cameAfter(a, b);
  assert.is(registry.expectedAfter(a), b);
  registry.remove(b);
  assert.is(registry.service(registry.expectedAfter(a)!), undefined);
  assert.is(registry.slotOf({ host: 'c2', binary: 'b' }), undefined);
  registry.remove(a);
  assert.is(registry.expectedAfter(a), undefined);
  registry.lastReports.cameAfter(a, b);
});

test('what was heard is given out a part at a time, those that wait longest first, each once', () => {
  const registry = create();
  const slots = Array.from({ length: 10 }, (_, n) => registry.add(service(`c${n}`, 'b'), 0, 0, false));
  for (const slot of slots) registry.heard(slot, 1, 1);
  assert.equal(registry.lastReports.takeUnwritten(4), slots.slice(0, 4));
  for (const slot of slots) registry.heard(slot, 2, 2);
  assert.equal(registry.lastReports.takeUnwritten(4), slots.slice(4, 8));
  assert.equal(registry.lastReports.takeUnwritten(100), [...slots.slice(8), ...slots.slice(0, 4)]);
});

test('it counts who is live and who is not without looking at them', () => {
  const registry = create();
  const slots = ['c1', 'c2', 'c3'].map((host) => registry.add(service(host, 'b'), 0, 0, false));
  registry.replace(slots[0]!, { ...service('c1', 'b'), live: false });
  assert.equal(registry.counts(), { live: 2, silent: 1, brokenFences: 0 });
  registry.remove(slots[0]!);
  registry.remove(slots[1]!);
  assert.equal(registry.counts(), { live: 1, silent: 0, brokenFences: 0 });
});

test.run();
