import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HOST_STATUS_ORDERS, hostStatus, serviceStatus, statusOf } from '../../server/domain/host-status.ts';
import { aService } from '../support/builders.ts';

const test = suite('host_status');

const { cases } = JSON.parse(readFileSync(new URL('../vectors/host-status.json', import.meta.url), 'utf8'));

test('host_status is as the vectors say, for all combinations of facts in both orders', () => {
  for (const { binary, forced_down, disabled, live, ...expected } of cases) {
    const service =
      binary === null ? undefined : aService({ binary, forcedDown: forced_down, disabled, live });
    for (const order of HOST_STATUS_ORDERS) {
      const words = JSON.stringify({ binary, forced_down, disabled, live, order });
      assert.is(hostStatus(service, order), expected[order], words);
    }
  }
  assert.is(cases.length, 2 ** 3 + 2);
});

test('a fence beats maintenance in the nova order, and loses in the documented one', () => {
  const both = { forced_down: true, disabled: true, live: true };
  assert.is(statusOf(both, 'nova'), 'DOWN');
  assert.is(statusOf(both, 'documented'), 'MAINTENANCE');
});

test('silence alone is never DOWN, whatever the order', () => {
  for (const order of HOST_STATUS_ORDERS) {
    assert.is(statusOf({ forced_down: false, disabled: false, live: false }, order), 'UNKNOWN');
  }
});

test('operators see a status of every binary, owners of nova-compute only', () => {
  const scheduler = aService({ binary: 'nova-scheduler', live: false });
  assert.is(serviceStatus(scheduler, 'documented'), 'UNKNOWN');
  assert.is(hostStatus(scheduler, 'documented'), '');
});

test.run();
