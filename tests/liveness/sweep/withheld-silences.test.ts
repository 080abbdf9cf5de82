/** Whose word counts when services fall silent, and how long the silences of many may wait. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newService } from '../../../server/domain/transition.ts';
import { Deadlines } from '../../../server/liveness/services/deadlines.ts';
import { ServiceRegistry } from '../../../server/liveness/services/registry.ts';
import { MassSilences } from '../../../server/liveness/sweep/mass-silence.ts';
import type { PeerReports } from '../../../server/liveness/sweep/peers.ts';
import { type Suspicion, suspicionOf } from '../../../server/liveness/sweep/suspect.ts';
import { WithheldSilences } from '../../../server/liveness/sweep/withheld-silences.ts';
import { noEvents } from '../../../server/telemetry/events.ts';

const test = suite('withheld silences');

const PERIODS = { reportInterval: 10_000, serviceDownTime: 60_000 };

/** Ten services of one zone, all heard at 30 000, and what is asked of them when some are suspected. */
function world() {
  const deadlines = new Deadlines(0);
  const registry = new ServiceRegistry(deadlines, PERIODS);
  const suspicions = Array.from({ length: 10 }, (_, n): Suspicion => {
    const service = { ...newService({ uuid: `${n}`, host: `c${n}`, binary: 'b' }, 0), id: n, live: true };
    const slot = registry.add(service, 0, 0, false);
    registry.heard(slot, 30_000, 1);
    return suspicionOf(slot, service, registry);
  });
  const state = { now: 30_000, observer: 'ok', isLate: false, departing: [] as number[], holds: false };
  let heard: PeerReports | undefined;
  const withheld = new WithheldSilences({
    registry,
    deadlines,
    departures: { slots: () => state.departing } as never,
    observer: {
      now: () => state.now,
      state: () => state.observer,
      degrade: () => undefined,
      recover: () => undefined,
    } as never,
    lag: {
      get isLate() {
        return state.isLate;
      },
    } as never,
    events: noEvents,
    guard: {
      zones: [],
      settle: () => undefined,
      judge: (
        found: readonly Suspicion[],
        _: unknown,
        now: number,
        listen: (soon: number) => PeerReports,
      ) => {
        heard = listen(now);
        return state.holds
          ? { commit: [], hold: found, isAsking: false }
          : { commit: found, hold: [], isAsking: true };
      },
    } as never,
  });
  /** What the others say while these are suspected. */
  const asked = (...slots: number[]): PeerReports => {
    withheld.judge(
      slots.map((slot) => suspicions[slot] as Suspicion),
      [],
    );
    return heard as PeerReports;
  };
  return { state, asked };
}

test('those that report are heard, and those that are suspected are not asked', () => {
  const { asked } = world();
  assert.equal(asked(0, 1), { areHeard: true, vouching: 8, others: 8, fading: 0 });
});

test('services that are leaving are not asked', () => {
  const { state, asked } = world();
  state.departing = [5, 6, 7];
  assert.is(asked(0).others, 6);
});

test('services whose silence is withheld already are not asked', () => {
  const { state, asked } = world();
  state.holds = true;
  asked(0, 1, 2);
  state.now += 250;
  assert.is(asked(3).others, 6);
});

test('while the loop is late or the process was paused no service vouches', () => {
  const { state, asked } = world();
  state.isLate = true;
  assert.not(asked(0).areHeard);
  state.isLate = false;
  assert.ok(asked(0).areHeard);
  state.observer = 'paused';
  assert.not(asked(0).areHeard);
});

test('a group waits no longer than half the shortest down time in it', () => {
  const registry = new ServiceRegistry(new Deadlines(0), PERIODS);
  const group = Array.from({ length: 4 }, (_, n) => {
    const service = {
      ...newService({ uuid: `${n}`, host: `c${n}`, binary: 'b' }, 0),
      id: n,
      live: true,
      serviceDownTimeMs: n === 0 ? 1_000 : null,
    };
    const slot = registry.add(service, 0, 0, false);
    registry.heard(slot, 0, 0);
    return suspicionOf(slot, service, registry);
  });
  const silences = new MassSilences({ registry, serviceDownTime: 60_000, massHold: 10_000, uuid: () => 'm' });
  const nobody = () => ({ areHeard: false, vouching: 0, others: 0, fading: 0 });
  assert.is(silences.judge(group, [], 0, nobody).hold.length, 4);
  assert.is(silences.judge(group, [], 499, nobody).hold.length, 4);
  assert.is(silences.judge(group, [], 500, nobody).commit.length, 4);
});

test.run();
