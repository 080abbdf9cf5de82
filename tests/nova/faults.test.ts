import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError, ERROR_CODES } from '../../server/domain/errors.ts';
import { createNovaApp } from '../../server/nova/app.ts';
import { faultBody, faultOf, NovaFault, STATUS_OF } from '../../server/nova/faults.ts';
import { identityOf, openCloud } from './cloud.ts';

const test = suite('faults');

test('every error of the inside has a status and a body in the shape of Nova', () => {
  for (const code of ERROR_CODES) {
    const { status, body } = faultOf(new DomainError(code, 'why'));
    assert.is(status, STATUS_OF[code], code);
    const [fault, ...more] = Object.values(body);
    assert.is(fault?.code, status);
    assert.is(more.length, 0);
  }
});

test('statuses go by the names that Nova gives them', () => {
  const names = [400, 401, 403, 404, 405, 406, 409, 413, 415, 429, 500, 501, 503].map(
    (status) => Object.keys(faultBody(status, ''))[0],
  );
  assert.equal(names, [
    'badRequest',
    'unauthorized',
    'forbidden',
    'itemNotFound',
    'badMethod',
    'computeFault',
    'conflictingRequest',
    'overLimit',
    'badMediaType',
    'overLimit',
    'computeFault',
    'notImplemented',
    'serviceUnavailable',
  ]);
});

test('an internal error reveals nothing to its caller, and everything to the log', async () => {
  const accidents = [
    new Error('password=hunter2'),
    new DomainError('internal', 'password=hunter2'),
    'password=hunter2',
  ];
  for (const accident of accidents) assert.not.match(JSON.stringify(faultOf(accident)), /hunter2/);

  const cloud = await openCloud({ empty: true });
  const logged: unknown[] = [];
  try {
    const app = createNovaApp({
      store: {
        ...cloud.store,
        instance: async () => {
          throw accidents[0];
        },
      },
      clock: cloud.clock,
      rules: cloud.rules,
      policy: {
        allows: () => true,
        isAdmin: () => true,
        hostStatusVisibility: () => 'all',
        onChanged: () => () => {},
      },
      uuid: () => '0',
      authenticator: { authenticate: async ({ token }) => identityOf(token) },
      baseUrl: () => 'http://nova.example',
      logger: { error: (details: unknown) => logged.push(details) },
    });
    const answer = await app.fetch(
      new Request('http://nova.example/v2.1/servers/x', { headers: { 'X-Auth-Token': 'alice' } }),
    );
    assert.is(answer.status, 500);
    assert.not.match(await answer.text(), /hunter2/);
    assert.is((logged[0] as { err: unknown }).err, accidents[0]);
    assert.is((logged[0] as { requestId: string }).requestId, answer.headers.get('x-compute-request-id'));
  } finally {
    await cloud.close();
  }
});

test('a body that is too large is refused before it is read to its end', async () => {
  const cloud = await openCloud({ empty: true });
  try {
    const body = JSON.stringify({ server: { name: 'x'.repeat(200_000) } });
    const answer = await cloud.request('alice', 'POST', '/v2.1/servers', { body });
    assert.is(answer.status, 413);
    assert.equal(Object.keys((await answer.json()) as object), ['overLimit']);
  } finally {
    await cloud.close();
  }
});

for (const [how, declares] of [
  ['with its length declared', true],
  ['in pieces of no declared length', false],
] as const) {
  test(`a body of exactly the limit is read, one byte more is refused: ${how}`, async () => {
    const cloud = await openCloud({ empty: true });
    try {
      const status = async (length: number) => {
        const text = JSON.stringify({ server: {} });
        const headers: Record<string, string> = declares ? { 'Content-Length': String(length) } : {};
        const body = text + ' '.repeat(length - text.length);
        return (await cloud.request('alice', 'POST', '/v2.1/servers', { body, headers })).status;
      };
      assert.is(await status(114_689), 413);
      assert.is(await status(114_688), 400);
    } finally {
      await cloud.close();
    }
  });
}

test('a fault of a status that only HTTP knows keeps it', () => {
  assert.is(faultOf(new NovaFault(415, 'why')).status, 415);
});

test.run();
