import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newService } from '../../server/domain/transition.ts';
import { Deadlines } from '../../server/liveness/deadlines.ts';
import { Roster } from '../../server/liveness/roster.ts';

const test = suite('roster');

const PERIODS = { reportInterval: 10_000, serviceDownTime: 60_000 };
const create = () => new Roster(new Deadlines(0), PERIODS);
const service = (host: string, binary: string) => ({
  ...newService({ uuid: 'u', host, binary }, 0),
  live: true,
});

test('a service is found from the one before it as it is by its key, whatever came and went in between', () => {
  const key = fc.record({
    host: fc.constantFrom('c1', 'c2', 'c3', 'c4'),
    binary: fc.constantFrom('nova-compute', 'nova-conductor'),
  });
  const step = fc.record({ what: fc.constantFrom('report', 'report', 'report', 'add', 'remove'), key });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const roster = create();
      let previous: number | undefined;
      for (const { what, key } of steps) {
        const slot = roster.slotOf(key);
        if (what === 'report') {
          previous = roster.slotAfter(previous, key);
          assert.is(previous, slot);
        } else if (what === 'add' && slot === undefined) {
          roster.add(service(key.host, key.binary), 0, 0, false);
        } else if (what === 'remove' && slot !== undefined) {
          roster.remove(slot);
        }
      }
    }),
  );
});

test('what was heard is given out a part at a time, those that wait longest first, each once', () => {
  const roster = create();
  const slots = Array.from({ length: 10 }, (_, n) => roster.add(service(`c${n}`, 'b'), 0, 0, false));
  for (const slot of slots) roster.heard(slot, 1, 1);
  assert.equal(roster.takeDirty(4), slots.slice(0, 4));
  for (const slot of slots) roster.heard(slot, 2, 2);
  assert.equal(roster.takeDirty(4), slots.slice(4, 8));
  assert.equal(roster.takeDirty(100), [...slots.slice(8), ...slots.slice(0, 4)]);
});

test('it counts who is live and who is not without looking at them', () => {
  const roster = create();
  const slots = ['c1', 'c2', 'c3'].map((host) => roster.add(service(host, 'b'), 0, 0, false));
  roster.replace(slots[0]!, { ...service('c1', 'b'), live: false });
  assert.equal(roster.counts(), { live: 2, silent: 1 });
  roster.remove(slots[0]!);
  roster.remove(slots[1]!);
  assert.equal(roster.counts(), { live: 1, silent: 0 });
});

test.run();
