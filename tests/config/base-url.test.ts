/** Which forwarded headers are believed, and what links and addresses of clients are made of. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Origin } from '../../server/config/base-url.ts';

const test = suite('our own URL and the addresses of clients');

const HEADERS = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'hostbeat.example' };

function requestOf(origin: Origin, peer: string | undefined, headers: Record<string, string>): Request {
  const request = new Request('http://10.0.0.1:8774/v2.1/servers', { headers });
  origin.arrived(request, peer);
  return request;
}

test('forwarded host and scheme count only from a trusted proxy', () => {
  const origin = new Origin({ trustedProxies: ['10.0.0.7', '192.168.0.0/24', '::1'] });
  const urlFor = (peer: string | undefined) => origin.baseUrl(requestOf(origin, peer, HEADERS));
  for (const peer of ['10.0.0.7', '192.168.0.200', '::1'])
    assert.is(urlFor(peer), 'https://hostbeat.example', peer);
  for (const peer of ['10.0.0.8', '192.168.1.1', '::2', undefined])
    assert.is(urlFor(peer), 'http://10.0.0.1:8774', `${peer}`);
});

test('without trusted proxies no forwarded header is believed', () => {
  const origin = new Origin({});
  const request = requestOf(origin, '127.0.0.1', { ...HEADERS, 'x-forwarded-for': '203.0.113.9' });
  assert.is(origin.baseUrl(request), 'http://10.0.0.1:8774');
  assert.is(origin.clientAddress(request), '127.0.0.1');
});

test('the nearest hop says which host was asked, and nonsense is not repeated', () => {
  const origin = new Origin({ trustedProxies: ['10.0.0.7'] });
  const urlOf = (headers: Record<string, string>) => origin.baseUrl(requestOf(origin, '10.0.0.7', headers));
  assert.is(urlOf({ 'x-forwarded-host': 'forged.example, asked.example' }), 'http://asked.example');
  assert.is(urlOf({ 'x-forwarded-proto': 'javascript' }), 'http://10.0.0.1:8774');
  assert.is(urlOf({ 'x-forwarded-host': 'a b' }), 'http://10.0.0.1:8774');
});

test('a public URL stands in every link, without a slash at its end', () => {
  const origin = new Origin({ publicUrl: 'https://cloud.example/hb//', trustedProxies: ['10.0.0.7'] });
  const request = requestOf(origin, '10.0.0.7', HEADERS);
  assert.is(origin.baseUrl(request), 'https://cloud.example/hb');
  assert.not(origin.repeatsHost(request));
});

test('the address of a client is the last one that no trusted proxy has', () => {
  const origin = new Origin({ trustedProxies: ['10.0.0.0/8'] });
  const addressOf = (peer: string, forwarded?: string) =>
    origin.clientAddress(
      requestOf(origin, peer, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
    );
  assert.is(addressOf('203.0.113.9', '198.51.100.1'), '203.0.113.9');
  assert.is(addressOf('10.0.0.7', '198.51.100.1'), '198.51.100.1');
  assert.is(addressOf('10.0.0.7', '192.0.2.66, 198.51.100.1, 10.1.1.1'), '198.51.100.1');
  assert.is(addressOf('10.0.0.7', 'unknown, nonsense'), '10.0.0.7');
  assert.is(addressOf('10.0.0.7'), '10.0.0.7');
});

test('only a proxy is seen through', () => {
  const origin = new Origin({ trustedProxies: ['10.0.0.7'] });
  assert.is(origin.seeThrough('10.0.0.8', '198.51.100.1'), undefined);
  assert.is(origin.seeThrough(undefined, '198.51.100.1'), undefined);
  assert.is(origin.seeThrough('10.0.0.7', '198.51.100.1'), '198.51.100.1');
});

test('an address or network that cannot be one is refused by its text', () => {
  for (const proxy of ['10.0.0.0/33', '::/129', '10.0.0.0/-1', '10.0.0.0/1.5', 'proxy.example', ''])
    assert.throws(() => new Origin({ trustedProxies: [proxy] }), `"${proxy}"`);
  for (const proxy of ['10.0.0.0/32', '::/128', '0.0.0.0/0'])
    assert.not.throws(() => new Origin({ trustedProxies: [proxy] }));
});

test.run();
