/** What a node makes of what the others heard. Its registry, deadlines and departures are played by the test. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ReportsElsewhere } from '../../../server/liveness/nodes/reports-elsewhere.ts';
import { NodesHearing } from '../../../server/liveness/nodes/shared-hearing.ts';
import type { Departed } from '../../../server/ports/nodes.ts';

const test = suite('what other nodes heard');

const OTHER = 2;
const THIRD = 3;
const INTERVAL = 10_000;
const DOWN_TIME = 60_000;

/** Services with the id of their slot plus one. */
function world(count = 3) {
  const services = Array.from({ length: count }, (_, slot) => ({ id: slot + 1, live: true }));
  const reports = services.map(() => 0);
  const granted: (readonly [slot: number, until: number])[] = [];
  const opened: { readonly slot: number; readonly wait: number }[] = [];
  const back: number[] = [];
  const state = { now: 1_000, leads: true, here: new Set<number>() };
  const registry = {
    lastReports: { reports: (slot: number) => reports[slot] },
    get slots() {
      return services.length;
    },
    service: (slot: number) => services[slot],
    slotOfId: (id: number) => {
      const slot = services.findIndex((service) => service.id === id);
      return slot < 0 ? undefined : slot;
    },
    // As the registry does: a report to another node counts as one.
    heardElsewhere: (slot: number) => {
      reports[slot] = (reports[slot] ?? 0) + 1;
    },
    reportInterval: () => INTERVAL,
    downTime: () => DOWN_TIME,
    eachLive: (each: (slot: number) => void) => {
      for (const [slot, { live }] of services.entries()) if (live) each(slot);
    },
  };
  const elsewhere = new ReportsElsewhere(registry as never);
  const hearing = new NodesHearing({
    registry,
    elsewhere,
    deadlines: { grant: (slot: number, until: number) => granted.push([slot, until]) },
    departures: {
      open: ([{ slot }]: readonly [{ readonly slot: number }], _: number, wait: number) =>
        opened.push({ slot, wait }),
    },
    observer: { now: () => state.now },
    clock: { now: () => state.now },
    readAll: async () => true,
    isReportedHere: (slot: number) => state.here.has(slot),
    leads: () => state.leads,
    heardAgain: ({ id }: { readonly id: number }) => back.push(id),
  } as never);
  const report = (slot: number) => {
    reports[slot] = (reports[slot] ?? 0) + 1;
  };
  return { hearing, elsewhere, services, report, granted, opened, back, state };
}

const left = (service: number): Departed => ({
  service,
  cause: 'connection_lost',
  evidence: 'closed' as never,
  wait: 2_000,
});

test('a report here is passed on once, and again where it could not be sent', () => {
  const { hearing, report } = world();
  report(0);
  report(2);
  assert.equal(hearing.takeHeard(), [1, 3]);
  assert.equal(hearing.takeHeard(), []);
  hearing.giveBack([3], []);
  assert.equal(hearing.takeHeard(), [3]);
});

test('a report to another node is not passed on as one of this node', () => {
  const { hearing } = world();
  hearing.heardBy(OTHER, [1, 99], []);
  assert.equal(hearing.takeHeard(), []);
});

test('departures that could not be sent go first with the next digest', () => {
  const { hearing } = world();
  let woken = 0;
  hearing.onDeparted(() => {
    woken += 1;
  });
  const suspicion = (service: number, cause: string) => ({ service, cause, evidence: 'closed' });
  hearing.departed([suspicion(1, 'connection_lost'), suspicion(2, 'timeout')] as never, 2_000);
  const first = hearing.takeDeparted();
  assert.equal([first.map(({ service }) => service), woken], [[1], 1]);
  hearing.departed([suspicion(3, 'goodbye')] as never, 500);
  hearing.giveBack([], first);
  assert.equal(
    hearing.takeDeparted().map(({ service, wait }) => [service, wait]),
    [
      [1, 2_000],
      [3, 500],
    ],
  );
});

test('a service that left another node is departed unless it reports here or is silent', () => {
  const { hearing, services, opened, state } = world();
  state.here.add(1);
  services[2] = { id: 3, live: false };
  hearing.heardBy(OTHER, [], [left(1), left(2), left(3), left(99)]);
  assert.equal(opened, [{ slot: 0, wait: 2_000 }]);
});

test('a silent service that another node heard comes back, by the leader alone', () => {
  const { hearing, services, back, state } = world();
  services[0] = { id: 1, live: false };
  state.leads = false;
  hearing.heardBy(OTHER, [1, 2], []);
  assert.equal(back, []);
  state.leads = true;
  hearing.heardBy(OTHER, [1, 2], []);
  assert.equal(back, [1]);
});

test('services that a lost node heard last get time, from its last message', () => {
  const { hearing, granted, state } = world();
  hearing.heardBy(OTHER, [1, 2, 3], []);
  hearing.heardBy(THIRD, [3], []);
  state.now = 9_000;
  assert.is(hearing.lost(OTHER), 2);
  // Its last digest, two more that it could not send, and one and a half report intervals.
  const until = 1_000 + 400 + 1.5 * INTERVAL;
  assert.equal(granted, [
    [0, until],
    [1, until],
  ]);
});

test('where digests were missed every live service gets time', () => {
  const { hearing, services, granted, state } = world();
  services[1] = { id: 2, live: false };
  state.now = 5_000;
  hearing.missed();
  const until = 5_000 + 1.5 * INTERVAL;
  assert.equal(granted, [
    [0, until],
    [2, until],
  ]);
});

test('a slot that another service got says nothing of the first one', () => {
  const { hearing, elsewhere, services, state } = world(1);
  hearing.heardBy(OTHER, [1], []);
  assert.is(elsewhere.elsewhereAt(0), state.now);
  services[0] = { id: 7, live: true };
  assert.is(elsewhere.elsewhereAt(0), Number.NEGATIVE_INFINITY);
  assert.equal(elsewhere.lastHeardBy(THIRD), [0], 'any node may have heard it');
});

test.run();
