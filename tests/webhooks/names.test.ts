import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { candidates, inHostsFile, systemNames } from '../../server/runtime/system-names.ts';
import { nameLookups } from '../../server/webhooks/name-lookups.ts';
import { FakeClock } from '../support/clock.ts';

const test = suite('names of webhooks');

/** A name server that answers questions for A with this address, others with nothing, and names below `silent.` never. */
async function aNameServer(address: readonly number[]) {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (question, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const name = labels.join('.');
    const isA = question.readUInt16BE(at + 1) === 1;
    asked.push(`${isA ? 'A' : 'AAAA'} ${name}`);
    if (name.endsWith('silent')) return;
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(isA ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const record = isA ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address] : [];
    socket.send(
      Buffer.concat([head, question.subarray(12, at + 5), Buffer.from(record)]),
      from.port,
      from.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const server = `127.0.0.1:${(socket.address() as AddressInfo).port}`;
  return { server, asked, close: () => socket.close() };
}

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
  await new Promise((resolve) => setTimeout(resolve, 10));
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
