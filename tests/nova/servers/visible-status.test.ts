import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Nova } from '../../../server/nova/call.ts';
import { visibleHostStatus } from '../../../server/nova/servers/view.ts';
import { anInstance } from '../../support/builders.ts';

const test = suite('host_status as far as it may be seen');

const nova = { rules: { order: 'documented' } } as unknown as Nova;
const UP = { forced_down: false, disabled: false, live: true };
const UNKNOWN = { ...UP, live: false };
const DOWN = { ...UP, forced_down: true };
const server = anInstance({ host: 'c1' });

test('a caller who may see everything sees each status, and "" without a host', () => {
  const all = [UP, UNKNOWN, DOWN, undefined].map((facts) => visibleHostStatus(server, facts, 'all', nova));
  assert.equal(all, ['UP', 'UNKNOWN', 'DOWN', '']);
});

test('a caller who may see only UNKNOWN sees nothing else', () => {
  for (const facts of [UP, DOWN, undefined])
    assert.is(visibleHostStatus(server, facts, 'unknown-only', nova), undefined);
  assert.is(visibleHostStatus(server, UNKNOWN, 'unknown-only', nova), 'UNKNOWN');
});

test('a caller who may see no status does not see UNKNOWN either', () => {
  for (const facts of [UP, UNKNOWN, DOWN, undefined])
    assert.is(visibleHostStatus(server, facts, 'none', nova), undefined);
});

test('a deleted server has no host', () => {
  assert.is(visibleHostStatus({ ...server, deletedAt: 1 }, DOWN, 'all', nova), '');
});

test.run();
