import { EventEmitter } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Writer } from '../../../db/postgres/connection/writer.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';

const test = suite('PostgreSQL: the connection that writes');

class FakeConnection extends EventEmitter {
  end = async () => undefined;
}

test('the late end of a connection that was replaced does not end its successor', async () => {
  const failures: unknown[] = [];
  const client = new FakeConnection();
  const writer = new Writer({ client, host: { host: 'db', port: 5432 } } as never, {
    address: {} as never,
    logger: noLogger,
    arrived: async () => undefined,
    failed: (error) => failures.push(error),
  });
  writer.lost(new FakeConnection() as never, new Error('terminated long ago'));
  assert.is(writer.client, client as never);
  assert.equal(failures, []);
  await writer.close();
  assert.is(writer.client, undefined);
  client.emit('end');
  assert.equal(failures, []);
});

test.run();
