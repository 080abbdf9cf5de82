import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { candidates, inHostsFile, systemNames } from '../../server/runtime/system-names.ts';
import { nameLookups } from '../../server/webhooks/name-lookups.ts';
import { FakeClock } from '../support/clock.ts';
import { until } from '../support/within.ts';
import { aNameServer } from './name-server.ts';

const test = suite('names of webhooks');

const never = new AbortController().signal;

test('a name is looked up in the hosts file, then by DNS with the search list', async () => {
  const dns = await aNameServer([93, 184, 216, 34]);
  const folder = await mkdtemp(join(tmpdir(), 'names-'));
  const hostsFile = join(folder, 'hosts');
  const resolvConf = join(folder, 'resolv.conf');
  await writeFile(hostsFile, '# ours\n10.9.8.7  hook.lab hook # the lab\n');
  await writeFile(resolvConf, 'search tenants.example\n');
  const lookup = systemNames({ hostsFile, resolvConf, servers: [dns.server] });
  assert.equal(await lookup('HOOK.lab', never), [{ address: '10.9.8.7' }]);
  assert.equal(dns.asked, []);
  assert.equal(await lookup('short', never), [{ address: '93.184.216.34' }]);
  assert.equal(dns.asked.sort(), ['A short.tenants.example', 'AAAA short.tenants.example']);
  dns.close();
});

test('a silent name server ends the look-up when it is called off', async () => {
  const dns = await aNameServer([]);
  const lookup = systemNames({ hostsFile: '', resolvConf: '', servers: [dns.server], timeout: 60_000 });
  const call = new AbortController();
  const answer = lookup('a.silent', call.signal).catch((error: Error) => error.name);
  await until('the question', () => dns.asked.length > 0);
  call.abort();
  assert.is(await answer, 'AbortError');
  dns.close();
});

test('localhost is this machine, whatever a name server says', async () => {
  for (const name of ['localhost', 'LocalHost.', 'a.localhost'])
    assert.equal(await systemNames()(name, never), [{ address: '127.0.0.1' }, { address: '::1' }]);
});

test('resolv.conf decides which names are asked for, and in which order', () => {
  const conf = 'nameserver 10.0.0.1\nsearch a.example b.example.\noptions timeout:1 ndots:2\n';
  assert.equal(candidates(conf, 'x'), ['x.a.example', 'x.b.example', 'x']);
  assert.equal(candidates(conf, 'x.y.z'), ['x.y.z', 'x.y.z.a.example', 'x.y.z.b.example']);
  assert.equal(candidates(conf, 'x.'), ['x.']);
  assert.equal(candidates('', 'x.y'), ['x.y']);
});

test('a line of the hosts file that names no address is passed over', () => {
  assert.equal(inHostsFile('nonsense host\n::1 host # host2\n', 'host'), [{ address: '::1' }]);
  assert.equal(inHostsFile('127.0.0.1 # host', 'host'), []);
});

/** Look-ups that end when the test says so. */
function someLookups() {
  const clock = new FakeClock();
  const began: string[] = [];
  const ends = new Map<string, (addresses: readonly { address: string }[]) => void>();
  const lookup = nameLookups({
    clock,
    lookup: (host) => {
      began.push(host);
      return new Promise((resolve) => ends.set(host, resolve));
    },
  });
  return { clock, began, ends, lookup };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

test('names whose servers are silent keep their own project waiting, and no other', async () => {
  const { lookup, began, ends } = someLookups();
  for (let n = 0; n < 20; n++) void lookup(`${n}.silent`, 'mallory').catch(() => undefined);
  void lookup('shared.example', 'mallory').catch(() => undefined);
  const answer = lookup('shared.example', 'alice');
  await settle();
  assert.equal(began, ['0.silent', '1.silent', '2.silent', '3.silent', 'shared.example']);
  ends.get('shared.example')?.([{ address: '192.0.2.1' }]);
  assert.equal(await answer, [{ address: '192.0.2.1' }]);
});

test('an answer is kept for seconds, for every project, and asked for once at a time', async () => {
  const { clock, lookup, began, ends } = someLookups();
  const both = Promise.all([lookup('a.example', 'p'), lookup('a.example', 'p')]);
  await settle();
  ends.get('a.example')?.([{ address: '192.0.2.1' }]);
  await both;
  await settle();
  await lookup('a.example', 'other');
  assert.equal(began, ['a.example']);
  clock.advance(10_001);
  void lookup('a.example', 'other');
  await settle();
  assert.is(began.length, 2);
});

test.run();
