import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { statusOf } from '../../server/domain/host-status.ts';

const test = suite('host_status');

test('a fence beats maintenance in the nova order, and the reverse in the documented one', () => {
  const both = { forced_down: true, disabled: true, live: true };
  assert.is(statusOf(both, 'nova'), 'DOWN');
  assert.is(statusOf(both, 'documented'), 'MAINTENANCE');
});

test.run();
