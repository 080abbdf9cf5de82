/** Which servers a filter by host_status looks at: those on the few hosts that have it, or all. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../../../client-sdk/protocol/items.ts';
import { hostStatusIs } from '../../../../db/sqlite/queries/host-status-filter.ts';
import { aService } from '../../../support/builders.ts';

const test = suite('SQLite: the filter by host_status');

/** So many hosts are forced down. */
function servicesOf(count: number) {
  const asked: (string | null)[] = [];
  const hosts = Array.from({ length: count }, (_, n) => `c${n}`);
  const services = {
    hostsWith: (giving: readonly Facts[], limit: number) =>
      giving.some((facts) => facts.forced_down) ? hosts.slice(0, limit) : [],
    computeOn: (host: string | null) => {
      asked.push(host);
      return host !== null && hosts.includes(host) ? aService({ host, forcedDown: true }) : undefined;
    },
  };
  return { services: services as never, hosts, asked };
}

test('of two hundred hosts only the servers on these are read', () => {
  const { services, hosts } = servicesOf(200);
  assert.equal(hostStatusIs(['DOWN'], 'documented', services), { hosts });
  assert.equal(hostStatusIs(['MAINTENANCE'], 'documented', servicesOf(0).services), { hosts: [] });
});

test('of more hosts every server is looked at, and none is left out', () => {
  const { services, asked } = servicesOf(201);
  const filter = hostStatusIs(['DOWN'], 'documented', services);
  assert.is(filter.hosts, undefined);
  assert.ok(filter.test?.('c0') && filter.test('c200'));
  assert.not(filter.test?.('elsewhere'));
  assert.ok(filter.test?.('c0'));
  assert.equal(asked, ['c0', 'c200', 'elsewhere']);
});

test('servers on no host are found by the empty status', () => {
  const filter = hostStatusIs(['', 'DOWN'], 'documented', servicesOf(1).services);
  assert.is(filter.hosts, undefined);
  assert.ok(filter.test?.(null) && filter.test('c0'));
});

test.run();
