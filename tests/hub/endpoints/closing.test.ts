import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listen } from '../../../server/runtime/http.ts';
import { refusal } from '../../../server/socket/handshake.ts';
import { signal, within } from '../../support/within.ts';

const test = suite('closing of the edge');

test('an unanswered request does not hold up a close for ever', async () => {
  const asked = signal();
  const edge = await listen({
    fetch: () => {
      asked.resolve();
      return new Promise<Response>(() => undefined);
    },
    upgrade: async () => refusal(404, 'not_found', 'no such path'),
    host: '127.0.0.1',
    port: 0,
    maxFrame: 1_024,
  });
  const answer = fetch(edge.url).then(
    () => 'answered',
    () => 'broken off',
  );
  await within('the request', asked.promise);
  await within('the end of the edge', edge.close());
  assert.is(await answer, 'broken off');
});

test.run();
