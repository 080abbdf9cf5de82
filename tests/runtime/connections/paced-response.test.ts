/** Large answers go to the socket piece by piece; what is unsent is counted, and nothing of the answer is lost. */
import { once } from 'node:events';
import { createServer, type RequestListener, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EdgeConnection } from '../../../server/runtime/connections/connection.ts';
import { pacedResponse } from '../../../server/runtime/connections/paced-response.ts';
import { UnsentAnswers } from '../../../server/runtime/connections/unsent-answers.ts';
import { until, within } from '../../support/within.ts';

const test = suite('paced answers');

const LARGE = 3_000_000;

/** Asks a server with this listener; the answer is read when the test says so. */
async function asked(listener: RequestListener) {
  const unlimited = { perConnection: 1e9, perAddress: 1e9, total: 1e9 };
  const ledger = new UnsentAnswers(unlimited, () => undefined);
  const server = createServer({ ServerResponse: pacedResponse(ledger) }, listener);
  server.on('connection', (socket) => new EdgeConnection(socket, '192.0.2.1', performance.now()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sent = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
  sent.end();
  const [answer] = await within('an answer', once(sent, 'response'));
  return {
    ledger,
    answer,
    [Symbol.asyncDispose]: async () => {
      sent.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

test('a large answer has its length, is whole, and says when it is finished', async () => {
  let isFinished = 0;
  await using one = await asked((_, response) => {
    response.end('x'.repeat(LARGE), () => {
      isFinished += 1;
    });
    // A second end changes nothing.
    response.end('more');
  });
  assert.is(one.answer.headers['content-length'], String(LARGE));
  assert.is((await within('the body', buffer(one.answer))).length, LARGE);
  await until('its callback', () => isFinished > 0);
  assert.is(isFinished, 1);
});

test('what a reader leaves of a large answer is counted', async () => {
  await using one = await asked((_, response) => void response.end('x'.repeat(LARGE * 3)));
  await until('a count', () => one.ledger.total > LARGE / 2);
  assert.is((await within('the body', buffer(one.answer))).length, LARGE * 3);
});

test('what a reader leaves of a stream is counted', async () => {
  await using one = await asked((_, response) => {
    const more = () => {
      while (response.writableLength < LARGE) if (!response.write('x'.repeat(50_000))) break;
    };
    response.on('drain', more);
    more();
  });
  await until('a count', () => one.ledger.total > 0);
});

test.run();
