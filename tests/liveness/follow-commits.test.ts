/** What memory does with each commit. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServiceChange } from '../../client-sdk/protocol/items.ts';
import type { Service } from '../../server/domain/service.ts';
import { BackgroundTasks } from '../../server/liveness/background-tasks.ts';
import { Damping } from '../../server/liveness/flapping/damping.ts';
import { followCommits } from '../../server/liveness/follow-commits.ts';
import { Deadlines } from '../../server/liveness/services/deadlines.ts';
import { ServiceRegistry } from '../../server/liveness/services/registry.ts';
import type { Committed } from '../../server/ports/committed.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { aService } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';

const test = suite('what follows a commit');

const DOWN_TIME = 6_000;

function world() {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock.monotonic());
  const registry = new ServiceRegistry(deadlines, { reportInterval: 1_000, serviceDownTime: DOWN_TIME });
  const damping = new Damping(true);
  const background = new BackgroundTasks(new ManualTimers(clock), noLogger);
  const seen = {
    forgotten: [] as number[],
    flags: [] as number[],
    elsewhere: [] as number[],
    alike: [] as string[],
  };
  const transitions: ServiceChange[] = [];
  let commits = 0;
  const follow = followCommits({
    registry,
    deadlines,
    damping,
    background,
    clock,
    connections: {
      forget: (slot) => void seen.forgotten.push(slot),
      flagsChanged: (slot) => void seen.flags.push(slot),
    },
    observer: { now: () => clock.monotonic() },
    timers: { nextTurn: async () => undefined },
    events: {
      committed: () => void commits++,
      hostTransition: (change: ServiceChange) => void transitions.push(change),
    } as never,
    silencedElsewhere: (slot) => void seen.elsewhere.push(slot),
    alike: (host, other) => void seen.alike.push(`${host} ${other}`),
  });
  const commit = (fields: Partial<Committed>) =>
    follow({ rows: [], services: [], removedServices: [], ...fields } as Committed);
  const put = (...services: Service[]) => commit({ services });
  /** Slots that are overdue after this time. */
  const overdueAfter = (ms: number) => {
    clock.advance(ms);
    const found: number[] = [];
    deadlines.due(clock.monotonic(), (slot) => found.push(slot), 100);
    return found;
  };
  const slotOf = (service: Service) => registry.slotOf(service) as number;
  return {
    registry,
    damping,
    clock,
    seen,
    transitions,
    commit,
    put,
    overdueAfter,
    slotOf,
    background,
    commits: () => commits,
  };
}

test('a live service is watched from its commit on, a silent one is not', () => {
  const { put, overdueAfter, slotOf, registry } = world();
  const [live, silent] = [aService({ id: 1, host: 'a' }), aService({ id: 2, host: 'b', live: false })];
  put(live, silent);
  assert.equal(registry.counts(), { live: 1, silent: 1, brokenFences: 0 });
  assert.equal(overdueAfter(DOWN_TIME), []);
  assert.equal(overdueAfter(1), [slotOf(live)]);
});

test('a service that comes back has its whole time again', () => {
  const { put, overdueAfter, slotOf } = world();
  const service = aService({ id: 1, host: 'a', live: false });
  put(service);
  assert.equal(overdueAfter(10 * DOWN_TIME), []);
  put({ ...service, live: true });
  assert.equal(overdueAfter(DOWN_TIME), []);
  assert.equal(overdueAfter(1), [slotOf(service)]);
});

test('a service that another node calls silent is watched no more', () => {
  const { put, overdueAfter, slotOf, seen, damping, clock } = world();
  const service = aService({ id: 1, host: 'a' });
  put(service);
  for (const live of [false, true, false]) put({ ...service, live });
  const slot = slotOf(service);
  assert.equal(seen.elsewhere, [slot, slot]);
  assert.ok(damping.isFlapping(slot, clock.monotonic()), 'with one more edge');
  assert.equal(overdueAfter(10 * DOWN_TIME), []);
});

test('a service that is removed leaves nothing to the next one in its slot', () => {
  const { put, commit, slotOf, seen, registry, damping, overdueAfter, clock } = world();
  const service = aService({ id: 1, host: 'a' });
  put(service);
  const slot = slotOf(service);
  for (const live of [false, true, false, true]) put({ ...service, live });
  commit({ removedServices: [service] });
  assert.equal([registry.slotOf(service), seen.forgotten], [undefined, [slot]]);
  assert.not(damping.isFlapping(slot, clock.monotonic()));
  assert.equal(overdueAfter(10 * DOWN_TIME), []);
});

test('an older service of the same name takes nothing from the one that is there', () => {
  const { put, commit, registry, seen } = world();
  const service = aService({ id: 2, host: 'a' });
  put(service);
  commit({ removedServices: [{ ...service, id: 1 }] });
  assert.is(registry.service(registry.slotOf(service) as number)?.id, 2);
  assert.equal(seen.forgotten, []);
});

test('agents learn of each flag that changes, and of nothing else', () => {
  const { put, seen, slotOf } = world();
  const service = aService({ id: 1, host: 'a' });
  put(service);
  const slot = slotOf(service);
  put({ ...service, updatedAt: 5 });
  assert.equal(seen.flags, []);
  put({ ...service, forcedDown: true });
  put({ ...service, forcedDown: true, disabled: true });
  assert.equal(seen.flags, [slot, slot]);
});

test('a new host under a name like another’s is reported, once', () => {
  const { put, seen } = world();
  put(aService({ id: 1, host: 'c1.example' }));
  put(aService({ id: 2, host: 'C1' }));
  put(aService({ id: 2, host: 'C1', disabled: true }));
  assert.equal(seen.alike, ['C1 c1.example']);
});

test('transitions are counted from the operators’ rows alone', async () => {
  const { commit, transitions, background, commits } = world();
  const row = (stream: string, service_id: string) => ({ stream, items: JSON.stringify([{ service_id }]) });
  commit({ rows: [row('project:p1', 'no'), row('hosts', 'yes')] as never });
  await background.end();
  assert.equal(
    transitions.map(({ service_id }) => service_id),
    ['yes'],
  );
  assert.is(commits(), 1);
});

test.run();
