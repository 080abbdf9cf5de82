import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Committed } from '../../server/ports/committed.ts';
import { followRotations } from '../../server/start/cursor-keys.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';

const test = suite('keys of cursors that another node rotates');

test('keys that could not be read are read again, until a read succeeds or the end', async () => {
  const timers = new ManualTimers(new FakeClock());
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  let away = true;
  let reads = 0;
  let announce: (committed: Committed) => void = () => undefined;
  const keys = {
    async load() {
      reads += 1;
      if (away) throw new Error('the database is away');
    },
  };
  const store = {
    onCommit(listener: typeof announce) {
      announce = listener;
      return () => undefined;
    },
  };
  const rotated: Committed = { rows: [], services: [], removedServices: [], touched: [{ cursorKeys: true }] };
  const stop = followRotations(keys, { store, logger: noLogger, setTimer: timers.setTimer });
  announce(rotated);
  await settled();
  assert.equal([reads, timers.waiting], [1, 1]);
  away = false;
  timers.advance(1_000);
  await settled();
  assert.equal([reads, timers.waiting], [2, 0]);
  away = true;
  announce(rotated);
  await settled();
  stop();
  assert.is(timers.waiting, 0);
});

test.run();
