import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Deadlines } from '../../../server/liveness/services/deadlines.ts';

const test = suite('deadlines');

function dueAt(deadlines: Deadlines, now: number, limit = Number.POSITIVE_INFINITY): number[] {
  const due: number[] = [];
  deadlines.due(now, (slot) => due.push(slot), limit);
  return due;
}

test('a service is overdue a millisecond after service_down_time, and not before', () => {
  const deadlines = new Deadlines(0);
  const slot = deadlines.add(60_000, 0);
  deadlines.arm(slot);
  assert.equal(dueAt(deadlines, 60_000), []);
  assert.equal(dueAt(deadlines, 60_001), [slot]);
  assert.equal(dueAt(deadlines, 60_002), []);
});

test('a service is overdue in the first look after its deadline, however far the look', () => {
  const deadlines = new Deadlines(0);
  const slots = [500, 60_000, 500_000, 40_000_000].map((downTime) => deadlines.add(downTime, 0));
  for (const slot of slots) deadlines.arm(slot);
  assert.equal(dueAt(deadlines, 100_000_000).sort(), slots);
});

test('a service without a deadline is never due', () => {
  const deadlines = new Deadlines(0);
  const slot = deadlines.add(1_000, 0);
  deadlines.arm(slot);
  deadlines.disarm(slot);
  assert.equal(dueAt(deadlines, 10_000), []);
});

test('no more than the limit at once, and the rest the next time', () => {
  const deadlines = new Deadlines(0);
  for (let n = 0; n < 10; n++) deadlines.arm(deadlines.add(1_000, 0));
  assert.is(dueAt(deadlines, 5_000, 4).length, 4);
  assert.is(dueAt(deadlines, 5_000, 4).length, 4);
  assert.is(dueAt(deadlines, 5_000, 4).length, 2);
});

test('a service is looked at about once in its time, however often it reports', () => {
  const services = 2_000;
  const downTime = 60_000;
  const deadlines = new Deadlines(0);
  for (let n = 0; n < services; n++) deadlines.arm(deadlines.add(downTime, (n * 7) % 10_000));
  const minutes = 10;
  for (let now = 0; now < minutes * downTime; now += 50) {
    if (now % 1_000 === 0) for (let slot = 0; slot < services; slot++) deadlines.heard(slot, now);
    assert.equal(dueAt(deadlines, now), []);
  }
  assert.ok(deadlines.touched < services * (minutes + 2) * 1.1, `${deadlines.touched} looks`);
});

test('a hundred thousand services that report cost a quiet tick nothing', () => {
  const deadlines = new Deadlines(0);
  for (let n = 0; n < 100_000; n++) deadlines.arm(deadlines.add(60_000, 0));
  for (let now = 0; now <= 59_900; now += 50) dueAt(deadlines, now);
  assert.is(deadlines.touched, 0);
});

test('the next look is at the deadline, and not before it while the service is heard', () => {
  const deadlines = new Deadlines(0);
  assert.is(deadlines.next(75), 75);
  const slot = deadlines.add(60_020, 0);
  deadlines.arm(slot);
  assert.is(deadlines.next(75), 75);
  deadlines.heard(slot, 7);
  assert.is(deadlines.next(100_000), 60_000, 'when its bucket begins it is seen whether it was heard');
  dueAt(deadlines, 60_000);
  assert.is(deadlines.next(100_000), 60_027);
  deadlines.heard(slot, 30_000);
  dueAt(deadlines, 60_027);
  assert.is(deadlines.next(60_102), 60_102);
});

interface Modelled {
  slot: number;
  downTime: number;
  heard: number;
  notBefore: number;
  armed: boolean;
}

test('in any order of operations exactly those are due whose deadline has passed', () => {
  const command = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), downTime: fc.integer({ min: 500, max: 300_000 }) }),
    fc.record({
      kind: fc.constantFrom(
        'heard' as const,
        'arm' as const,
        'disarm' as const,
        'remove' as const,
        'retime' as const,
        'grant' as const,
      ),
      pick: fc.nat(),
      value: fc.integer({ min: 500, max: 300_000 }),
    }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.double({ min: 0, max: 150_000, noNaN: true }) }),
    fc.record({ kind: fc.constant('look' as const), limit: fc.integer({ min: 1, max: 5 }) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120, size: 'max' }), (commands) => {
      let now = 1_000;
      const deadlines = new Deadlines(now);
      const model: Modelled[] = [];
      const deadlineOf = (m: Modelled) => Math.max(m.heard + m.downTime, m.notBefore);
      const look = (limit: number) => {
        const expected = model.filter((m) => m.armed && now > deadlineOf(m));
        const due = dueAt(deadlines, now, limit);
        assert.is(due.length, Math.min(limit, expected.length));
        for (const slot of due) {
          const found = expected.find((m) => m.slot === slot);
          assert.ok(found, `slot ${slot} is not overdue`);
          found.armed = false;
        }
        if (due.length === limit) return;
        const next = deadlines.next(now + 10_000);
        assert.ok(next <= now + 10_000);
        assert.not(
          model.some((m) => m.armed && deadlineOf(m) < next),
          'one falls due before the next look',
        );
      };
      for (const c of commands) {
        if (c.kind === 'add') {
          const slot = deadlines.add(c.downTime, now);
          deadlines.arm(slot);
          model.push({ slot, downTime: c.downTime, heard: now, notBefore: 0, armed: true });
        } else if (c.kind === 'pass') now += c.ms;
        else if (c.kind === 'look') look(c.limit);
        else {
          const m = model[c.pick % Math.max(1, model.length)];
          if (m === undefined) continue;
          if (c.kind === 'heard') {
            deadlines.heard(m.slot, now);
            m.heard = now;
          } else if (c.kind === 'arm') {
            deadlines.arm(m.slot);
            m.armed = true;
          } else if (c.kind === 'disarm') {
            deadlines.disarm(m.slot);
            m.armed = false;
          } else if (c.kind === 'retime') {
            deadlines.retime(m.slot, c.value);
            m.downTime = c.value;
          } else if (c.kind === 'grant') {
            deadlines.grant(m.slot, now + c.value);
            m.notBefore = Math.max(m.notBefore, now + c.value);
          } else {
            deadlines.remove(m.slot);
            model.splice(model.indexOf(m), 1);
          }
        }
        for (const m of model) assert.is(deadlines.deadline(m.slot), deadlineOf(m));
      }
      now += 1_000_000;
      look(Number.POSITIVE_INFINITY);
    }),
    { numRuns: 300 },
  );
});

test.run();
