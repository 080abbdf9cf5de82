import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prepare } from '../../../server/runtime/ws-socket.ts';
import { StreamWorld } from '../../support/stream-world.ts';

const test = suite('fan-out');

test('a commit is framed once for all of an owner’s clients with the same id', async () => {
  const framed: string[] = [];
  const w = await StreamWorld.open(
    {},
    {
      prepare(text) {
        framed.push(text);
        return prepare(text);
      },
    },
  );
  try {
    await w.service();
    await w.server();
    await w.server({ projectId: 'p3' });
    const clients = [];
    for (let n = 0; n < 20; n++) clients.push(await w.follower('owner', { id: 'mine' }));
    for (let n = 0; n < 5; n++) clients.push(await w.follower('owner', { id: 'other' }));
    const stranger = await w.follower('other');
    framed.length = 0;
    await w.change('c1', { live: false });
    for (const client of clients) assert.is((await client.expect('event')).items.length, 1);
    assert.is(framed.length, 2);
    assert.equal(await stranger.said(), []);
  } finally {
    await w.close();
  }
});

test.run();
