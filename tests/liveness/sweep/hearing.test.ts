/** A few services answer whether this process can receive; all are asked only if a few cannot say. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newService } from '../../../server/domain/transition.ts';
import { Deadlines } from '../../../server/liveness/services/deadlines.ts';
import { ServiceRegistry } from '../../../server/liveness/services/registry.ts';
import { askPeers } from '../../../server/liveness/sweep/peers.ts';

const test = suite('hearing');

const SERVICES = 24_000;
const PERIODS = { reportInterval: 10_000, serviceDownTime: 60_000 };
/** All were heard at 1; now those are late that were not heard again at 25 000. */
const NOW = 30_000;

/** @param heard says of the nth of a zone whether it was heard recently */
function world(zoneOf: (n: number) => string, heard: (n: number) => boolean) {
  const deadlines = new Deadlines(0);
  const registry = new ServiceRegistry(deadlines, PERIODS);
  for (let n = 0; n < SERVICES; n++) {
    const service = {
      ...newService({ uuid: `${n}`, host: `c${n}`, binary: 'b' }, 0),
      live: true,
      zone: zoneOf(n),
    };
    const slot = registry.add(service, 0, 0, false);
    registry.heard(slot, heard(n) ? 25_000 : 1, 1);
  }
  let asked = 0;
  const isSuspected = () => {
    asked++;
    return false;
  };
  const peers = askPeers({ registry, deadlines, isSuspected, now: NOW, soon: 60_010 });
  return { peers, asked };
}

const inTurn = (n: number) => `zone ${n % 24}`;
const inRows = (n: number) => `zone ${Math.floor(n / 1_000)}`;

for (const [how, zoneOf] of Object.entries({
  'in turn': inTurn,
  'in rows': inRows,
  'all the same': () => 'z',
})) {
  test(`where nearly all are heard a few of them say so, zones ${how}`, () => {
    const { peers, asked } = world(zoneOf, (n) => n % 50 !== 0);
    assert.ok(peers.areHeard);
    assert.ok(asked < SERVICES / 10, `asked ${asked}`);
    assert.ok(Math.abs(peers.others - SERVICES) < 1, `${peers.others} others`);
    assert.ok(Math.abs(peers.fading - SERVICES / 50) < SERVICES / 100, `${peers.fading} fading`);
  });
}

test('one small zone that is heard among all that are not is found', () => {
  const { peers } = world(
    (n) => (n >= 12_000 && n < 12_010 ? 'small' : inTurn(n)),
    (n) => n >= 12_000 && n < 12_006,
  );
  assert.ok(peers.areHeard);
});

test('where half of them are heard it is counted: one more or less decides', () => {
  const heardBut = (few: number) =>
    world(
      () => 'z',
      (n) => n < SERVICES / 2 + few,
    ).peers;
  assert.equal(heardBut(1), {
    areHeard: true,
    vouching: SERVICES / 2 + 1,
    others: SERVICES,
    fading: SERVICES / 2 - 1,
  });
  assert.equal(heardBut(0), {
    areHeard: false,
    vouching: SERVICES / 2,
    others: SERVICES,
    fading: SERVICES / 2,
  });
});

test('where no service reports, none vouches', () => {
  const { peers } = world(inTurn, () => false);
  assert.equal(peers, { areHeard: false, vouching: 0, others: SERVICES, fading: SERVICES });
});

test('services whose deadline has passed do not vouch, in either way', () => {
  const deadlines = new Deadlines(0);
  const registry = new ServiceRegistry(deadlines, PERIODS);
  for (let n = 0; n < 10; n++) {
    const service = { ...newService({ uuid: `${n}`, host: `c${n}`, binary: 'b' }, 0), live: true, zone: 'z' };
    registry.heard(registry.add(service, 0, 0, false), n < 4 ? 65_000 : 1, 1);
  }
  const peers = askPeers({ registry, deadlines, isSuspected: () => false, now: 70_000, soon: 80_000 });
  assert.ok(peers.areHeard, 'the four that can still speak are heard');
  assert.equal([peers.others, peers.fading], [10, 6]);
});

test.run();
