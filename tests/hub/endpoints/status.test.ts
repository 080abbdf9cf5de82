import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COMPUTE } from '../../../server/domain/service.ts';
import { createStatus } from '../../../server/hub/endpoints/status.ts';
import { inSlices } from '../../../server/limits/time-slices.ts';
import { StreamWorld } from '../../support/stream-world.ts';

const test = suite<{ w: StreamWorld }>('the smallest read', {} as never);

test.before.each(async (context) => {
  context.w = await StreamWorld.open();
});
test.after.each(({ w }) => w.close());

const ask = async (w: StreamWorld, ...ids: string[]) => (await answerTo(w, ...ids)).json();

async function answerTo(w: StreamWorld, ...ids: string[]): Promise<Response> {
  const { authenticator, store, policy, observer, clock } = w;
  const handler = createStatus({
    authenticator,
    store,
    policy,
    observer: {
      state: () => observer.state,
      reason: () => observer.reason,
      code: () => undefined,
      observingSince: () => observer.since,
      doubtAbout: ({ host, binary }) =>
        binary === COMPUTE && observer.inGrace.has(host) ? 'grace' : undefined,
    },
    rules: w.test.rules,
    clock,
  });
  const request = new Request(`http://a/v1/status?servers=${ids.join(',')}`, {
    headers: { 'X-Auth-Token': 'owner' },
  });
  return handler(request, '127.0.0.1');
}

test('a server that was deleted is as unknown as one that never was', async ({ w }) => {
  await w.service();
  const kept = await w.server();
  const deleted = await w.server({ deletedAt: w.clock.now() });
  const { servers, unknown } = await ask(w, kept.id, deleted.id);
  assert.equal(
    [servers.map(({ server_id }: { server_id: string }) => server_id), unknown],
    [[kept.id], [deleted.id]],
  );
});

test('a status from before a start says so, until the host is heard', async ({ w }) => {
  await w.service();
  const { id } = await w.server();
  w.observer.inGrace.add('c1');
  assert.is((await ask(w, id)).servers[0].confidence, 'grace');
  w.observer.inGrace.clear();
  assert.is((await ask(w, id)).servers[0].confidence, undefined);
});

test('look-ups begin only while the turn has time for them', async ({ w }) => {
  await w.service();
  const { id } = await w.server();
  const nextTurn = new Promise(setImmediate);
  await inSlices(['all that a turn has'], () => {
    const end = performance.now() + 5;
    while (performance.now() < end);
  });
  let isAnswered = false;
  const answer = answerTo(w, id).then((response) => {
    isAnswered = true;
    return response.json();
  });
  for (let n = 0; n < 1_000; n++) await undefined;
  assert.not(isAnswered);
  await nextTurn;
  assert.is((await answer).servers.length, 1);
});

test.run();
