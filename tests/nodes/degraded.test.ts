/** A node that shows what others commit late is not called well: clients read it in health frames, and may move. */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createLiveness } from '../../server/liveness/liveness.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { CONFIG, FakeTimers } from '../liveness/support.ts';
import { FakeClock } from '../support/clock.ts';
import { openTestStore } from '../support/store.ts';

const test = suite('a node that is behind');

test('the observer is degraded with its reason while the node is behind', async () => {
  const clock = new FakeClock();
  const { store, explanations, rules, close } = await openTestStore({ clock });
  let behind: string | undefined;
  const { observer } = createLiveness({
    store,
    explanations,
    rules,
    clock,
    config: CONFIG,
    logger: noLogger,
    uuid: randomUUID,
    timers: new FakeTimers(clock),
    coordination: {
      lead: () => 1,
      ask: async () => true,
      cannotHearOthers: () => undefined,
      behind: () => behind,
    },
  });
  clock.advance(CONFIG.serviceDownTime + 1);
  const seen = () => [observer.state(), observer.reason(), observer.code()];
  assert.equal(seen(), ['ok', undefined, undefined]);
  behind = 'what other nodes commit is announced here 1.4 s late';
  assert.equal(seen(), ['degraded', behind, 'database']);
  behind = undefined;
  assert.equal(seen(), ['ok', undefined, undefined]);
  await close();
});

test.run();
