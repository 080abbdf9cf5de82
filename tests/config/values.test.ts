import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  formatDuration,
  isAddressOrNetwork,
  parseBaseUrl,
  parseDuration,
  parseListen,
} from '../../server/config/values.ts';

const test = suite('values of settings');

const refused = (parse: () => unknown): boolean => {
  try {
    parse();
    return false;
  } catch {
    return true;
  }
};

test('a duration has the unit that it names, and seconds without one', () => {
  const read = ['10', '.5', '500ms', '2s', '1m', '12h', '7d', '1.5 h'].map(parseDuration);
  assert.equal(read, [10_000, 500, 500, 2_000, 60_000, 43_200_000, 604_800_000, 5_400_000]);
  for (const wrong of ['', '1w', '-1', '1e3', 's', '1 s s'])
    assert.is(parseDuration(wrong), undefined, wrong);
  const shown = [0, 500, 1_000, 90_000, 120_000, 7_200_000, 172_800_000].map(formatDuration);
  assert.equal(shown, ['0s', '500ms', '1s', '90s', '2m', '2h', '2d']);
});

test('a network has no longer prefix than its addresses have bits', () => {
  for (const good of ['10.0.0.7', '10.0.0.0/8', '10.0.0.7/32', '::1', 'fd00::/8', '::/0', 'fd00::1/128'])
    assert.ok(isAddressOrNetwork(good), good);
  for (const bad of ['', '10.0.0.0/33', '10.0.0.0/128', 'fd00::/129', '10.0.0.0/8/8', '10.0.0.0/', 'host/8'])
    assert.not(isAddressOrNetwork(bad), bad);
});

test('a base URL holds no user, password, query or fragment, and no slash at its end', () => {
  assert.is(parseBaseUrl('https://compute.example/nova/'), 'https://compute.example/nova');
  for (const bad of [
    'https://user:pw@compute.example',
    'https://user@compute.example',
    'https://:pw@compute.example',
    'https://compute.example/?a=b',
    'https://compute.example/#a',
    'ftp://compute.example',
    'compute.example',
  ])
    assert.ok(
      refused(() => parseBaseUrl(bad)),
      bad,
    );
});

test('an address to listen on is a host and a port, an IPv6 address in brackets', () => {
  assert.equal(parseListen('[::]:8774'), { host: '::', port: 8774 });
  assert.equal(parseListen('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
  for (const bad of ['8774', ':8774', 'host', 'host:65536', '[host]:1', '::1:8774'])
    assert.ok(
      refused(() => parseListen(bad)),
      bad,
    );
});

test.run();
