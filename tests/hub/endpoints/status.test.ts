import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COMPUTE } from '../../../server/domain/service.ts';
import { createStatus } from '../../../server/hub/endpoints/status.ts';
import { StreamWorld } from '../../support/stream-world.ts';

const test = suite<{ w: StreamWorld }>('the smallest read', {} as never);

test.before.each(async (context) => {
  context.w = await StreamWorld.open();
});
test.after.each(({ w }) => w.close());

async function ask(w: StreamWorld, ...ids: string[]) {
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
  return (await handler(request, '127.0.0.1')).json();
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

test.run();
