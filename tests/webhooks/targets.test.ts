import { type AddressInfo, createServer } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { systemNames } from '../../server/runtime/system-names.ts';
import { post } from '../../server/webhooks/delivery/post.ts';
import { nameLookups } from '../../server/webhooks/name-lookups.ts';
import { Targets } from '../../server/webhooks/targets.ts';
import { FakeClock } from '../support/clock.ts';
import { within } from '../support/within.ts';
import { Endpoint } from './endpoint.ts';

const test = suite('webhook targets');

const MESSAGE = { id: 'm', body: '{}', headers: {} };
const nowhere = new Targets([], async () => []);

for (const host of [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.0.0.1',
  '0x7f000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '①②⑦.0.0.1',
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '169.254.169.254',
  '172.31.255.255',
  '192.168.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[::ffff:0:127.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b:1::7f00:1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fd00::1]',
  '[fec0::1]',
  '[ff02::1]',
]) {
  test(`nothing is delivered to ${host}`, () => {
    assert.throws(() => nowhere.check(`http://${host}/`), /url: the host is in a private/);
  });
}

test('a URL with a bad scheme, user or port is refused, an ordinary one accepted', () => {
  for (const url of [
    'ftp://example.org/',
    'file:///etc/passwd',
    'example.org',
    'http://user:secret@example.org/',
    'http://user@example.org/',
    'http://:secret@example.org/',
    'http://example.org:0/',
    'http://example.org:22/',
    'http://example.org:1023/',
    'https://example.org:25/',
    `https://example.org/${'x'.repeat(2_048)}`,
  ]) {
    assert.throws(() => nowhere.check(url), /^url: /);
  }
  assert.is(nowhere.check('https://example.org/hook#part'), 'https://example.org/hook');
  assert.is(nowhere.check('http://93.184.216.34:8080/'), 'http://93.184.216.34:8080/');
  assert.is(nowhere.check('https://[2606:2800:220:1::1]/'), 'https://[2606:2800:220:1::1]/');
});

test('a name that resolves to a private address is refused, whatever it was before', async () => {
  const endpoint = await Endpoint.open();
  try {
    let asked = 0;
    const targets = new Targets([], async () => {
      asked += 1;
      return [{ address: '127.0.0.1' }, { address: '::1' }];
    });
    const url = new URL(`http://rebinding.example:${endpoint.port}/`);
    const outcome = await post(url, MESSAGE, {}, { targets, projectId: 'p', timeout: 5_000 });
    assert.match(outcome.delivered ? '' : outcome.error, /private, local or reserved/);
    assert.is(asked, 1);
    assert.equal(endpoint.deliveries, []);
  } finally {
    await endpoint.close();
  }
});

for (const [what, host, addresses] of [
  ['a name of our own machine', 'localhost', undefined],
  ['a name with a dot at its end', 'localhost.', undefined],
  ['an address in the clothes of another family', 'a.example', ['::ffff:169.254.169.254']],
  ['an address of a link', 'b.example', ['fe80::1%eth0']],
  ['no address', 'c.example', []],
] as const) {
  test(`a name that leads to ${what} leads nowhere`, async () => {
    const lookup =
      addresses === undefined
        ? nameLookups({ lookup: systemNames(), clock: new FakeClock() })
        : async () => addresses.map((address) => ({ address }));
    const error = await new Targets([], lookup).resolve(new URL(`http://${host}/`), 'p').then(
      () => undefined,
      (refusal: Error) => refusal.message,
    );
    assert.match(error ?? '', /private, local or reserved|cannot be resolved/);
  });
}

test('of several addresses the allowed one is used', async () => {
  const targets = new Targets([], async () => [{ address: '10.0.0.1' }, { address: '93.184.216.34' }]);
  assert.equal(await targets.resolve(new URL('http://mixed.example/'), 'p'), {
    address: '93.184.216.34',
    family: 4,
  });
});

test('the checked address is the one connected to, under the name that was asked for', async () => {
  const endpoint = await Endpoint.open();
  try {
    const targets = new Targets(['127.0.0.1'], async () => [{ address: '127.0.0.1' }]);
    // No DNS knows this name: only the checked address can lead there.
    const url = new URL(`http://hook.invalid:${endpoint.port}/`);
    assert.equal(await post(url, MESSAGE, {}, { targets, projectId: 'p', timeout: 5_000 }), {
      delivered: true,
    });
    assert.is(endpoint.deliveries[0]?.headers.host, `hook.invalid:${endpoint.port}`);
  } finally {
    await endpoint.close();
  }
});

test('an answer without an end is cut when its status is known', async () => {
  const endpoint = await Endpoint.open();
  try {
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    endpoint.answer = (response) => {
      response.on('close', resolve);
      response.writeHead(200).write('x'.repeat(1_000));
    };
    const targets = new Targets(['127.0.0.1'], async () => []);
    const options = { targets, projectId: 'p', timeout: 600_000 };
    assert.equal(await post(new URL(endpoint.url), MESSAGE, {}, options), { delivered: true });
    await within('the end of the connection', cut);
  } finally {
    await endpoint.close();
  }
});

for (const [what, answer, error] of [
  [
    'changes the protocol',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    /without an answer/,
  ],
  ['says nothing', '', /connection failed/],
  ['speaks no HTTP', 'SSH-2.0-x\r\n', /connection failed/],
  ['has a head without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`, /connection failed/],
] as const) {
  test(`an answer that ${what} is a failure, and at once`, async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => (answer === '' ? socket.destroy() : socket.write(answer)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const options = {
        targets: new Targets(['127.0.0.1'], async () => []),
        projectId: 'p',
        timeout: 60_000,
      };
      const outcome = await within(
        'the failure',
        post(new URL(`http://127.0.0.1:${port}/`), MESSAGE, {}, options),
      );
      assert.match(outcome.delivered ? 'delivered' : outcome.error, error);
    } finally {
      server.close();
    }
  });
}

test('a network that cannot be read is named', () => {
  assert.throws(
    () => new Targets(['10.0.0.0/99'], async () => []),
    /HOSTBEAT_WEBHOOK_NETWORKS: "10.0.0.0\/99"/,
  );
});

test.run();
