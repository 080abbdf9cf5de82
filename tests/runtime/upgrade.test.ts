import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Upgrader } from '../../server/runtime/upgrade.ts';
import type { UpgradeDecision } from '../../server/socket/handshake.ts';
import { within } from '../support/within.ts';

const test = suite('upgrades');

const INCOMING = {
  url: '/v1/stream',
  httpVersion: '1.1',
  headers: { host: 'a' },
  socket: {},
} as unknown as IncomingMessage;

test('an upgrade that is not decided in time ends its connection', async () => {
  const handler = () => new Promise<UpgradeDecision>(() => undefined);
  const upgrader = new Upgrader({ handler, maxFrame: 1_024, onError: () => undefined, patience: 10 });
  const wire = new PassThrough();
  const closed = new Promise((resolve) => wire.once('close', resolve));
  void upgrader.handle(INCOMING, wire, Buffer.alloc(0));
  await within('the connection to end', closed);
  assert.is(wire.read(), null, 'without an answer');
});

test('a handler that throws is answered as an internal error, and reported', async () => {
  const errors: unknown[] = [];
  const handler = async () => {
    throw new Error('of a test');
  };
  const upgrader = new Upgrader({ handler, maxFrame: 1_024, onError: (error) => errors.push(error) });
  const wire = new PassThrough();
  await upgrader.handle(INCOMING, wire, Buffer.alloc(0));
  const answer = String(wire.read());
  assert.match(answer, /^HTTP\/1\.1 500 /);
  assert.not.match(answer, /of a test/);
  assert.is(errors.length, 1);
});

test.run();
