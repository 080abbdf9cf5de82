/** The index of log rows by server is kept up a little at a time, and never given up. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Committed } from '../../server/ports/committed.ts';
import { HistoryIndex } from '../../server/stream/history-index.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';

const test = suite('history index');

function world(keep: () => Promise<boolean> = async () => false) {
  const timers = new ManualTimers(new FakeClock());
  let batches = 0;
  let listener: (committed: Committed) => void = () => undefined;
  const index = new HistoryIndex({
    store: {
      keepHistory() {
        batches += 1;
        return keep();
      },
      onCommit(it) {
        listener = it;
        return () => undefined;
      },
    },
    logger: noLogger,
    setTimer: timers.setTimer,
  });
  const pass = async (ms: number) => {
    timers.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const commit = () => listener({ rows: [{}], services: [], removedServices: [] } as never);
  return { index, pass, commit, batches: () => batches };
}

test('a batch that failed is tried again five seconds later', async () => {
  const { index, pass, batches } = world(async () => {
    throw new Error('busy');
  });
  index.start();
  await pass(500);
  assert.is(batches(), 1);
  await pass(4_999);
  assert.is(batches(), 1);
  await pass(1);
  assert.is(batches(), 2);
  await index.close();
});

test('commits without a pause postpone it two hundred times and no more', async () => {
  const { index, pass, commit, batches } = world();
  for (let n = 0; n < 250; n++) {
    commit();
    await pass(100);
  }
  assert.is(batches(), 1);
  await index.close();
});

test.run();
