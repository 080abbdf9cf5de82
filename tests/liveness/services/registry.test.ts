import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newService } from '../../../server/domain/transition.ts';
import { Deadlines } from '../../../server/liveness/services/deadlines.ts';
import { ServiceRegistry } from '../../../server/liveness/services/registry.ts';

const test = suite('registry');

const PERIODS = { reportInterval: 10_000, serviceDownTime: 60_000 };
const create = () => new ServiceRegistry(new Deadlines(0), PERIODS);
const service = (host: string, binary: string) => ({
  ...newService({ uuid: 'u', host, binary }, 0),
  live: true,
});

test('the service that followed another is expected again, until either is gone', () => {
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

test('a host is alike to an older one that differs only by case or domain', () => {
  const registry = create();
  const [plain, upper] = ['c1', 'C1.site'].map((host) => registry.add(service(host, 'b'), 0, 0, false));
  registry.add(service('C2.site', 'b'), 0, 0, false);
  registry.add(service('c2', 'b'), 0, 0, false);
  assert.equal(
    ['c1', 'C1.site', 'C1', 'C2.site', 'c2', 'c3'].map((host) => registry.alike(host)),
    [undefined, 'c1', 'c1', undefined, 'C2.site', undefined],
  );
  registry.remove(plain!);
  assert.is(registry.alike('C1.site'), undefined);
  registry.remove(upper!);
  assert.is(registry.alike('c1'), undefined);
});

test('last reports are given out in parts, the longest waiting first, each once', () => {
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

test('services of a host are counted by service and not by report', () => {
  const registry = create();
  for (const [host, binary] of [
    ['c1', 'a'],
    ['c1', 'b'],
    ['c2', 'c'],
  ] as const) {
    const slot = registry.add(service(host, binary), 0, 0, false);
    registry.heard(slot, 1, 1);
    registry.heard(slot, 2, 2);
  }
  assert.equal([registry.servicesOn('c1'), registry.servicesOn('c2'), registry.servicesOn('c3')], [2, 1, 0]);
});

test('the shortest down time is that of an existing service', () => {
  const registry = create();
  const quick = { ...service('c1', 'b'), serviceDownTimeMs: 2_000 };
  const slot = registry.add(quick, 0, 0, false);
  assert.is(registry.shortestDownTime(), 2_000);
  registry.remove(slot);
  assert.is(registry.shortestDownTime(), 60_000);
  const again = registry.add(quick, 0, 0, false);
  registry.replace(again, { ...quick, serviceDownTimeMs: null });
  assert.is(registry.shortestDownTime(), 60_000);
});

test('a fence that does not hold is counted until it is lifted, or the service is gone', () => {
  const registry = create();
  const broken = { ...service('c1', 'b'), forcedDown: true, heardForcedDownAt: 1 };
  const slot = registry.add(broken, 0, 0, false);
  assert.is(registry.counts().brokenFences, 1);
  registry.replace(slot, broken);
  assert.is(registry.counts().brokenFences, 1);
  registry.replace(slot, { ...broken, forcedDown: false, heardForcedDownAt: null });
  assert.is(registry.counts().brokenFences, 0);
  registry.replace(slot, broken);
  registry.remove(slot);
  assert.is(registry.counts().brokenFences, 0);
});

test('a report that is given back after a newer one is given out once', () => {
  const registry = create();
  const slot = registry.add(service('c1', 'b'), 0, 0, false);
  registry.heard(slot, 1, 1);
  const taken = registry.lastReports.takeUnwritten(10);
  registry.heard(slot, 2, 2);
  registry.lastReports.giveBack(taken);
  assert.equal(registry.lastReports.takeUnwritten(10), [slot]);
});

test.run();
