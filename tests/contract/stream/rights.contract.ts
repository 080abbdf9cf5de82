/** What an identity may follow, and how much of it it sees. */
import * as assert from 'uvu/assert';
import type { Downstream } from '../../../client-sdk/protocol/downstream.ts';
import type { StreamPromise } from './promise.ts';

export function rightsContract(promise: StreamPromise): void {
  promise('no owner gets another owner’s server, by any way of asking', async (open) => {
    const w = await open();
    await w.service();
    const theirs = await w.server({ projectId: 'p2', name: 'theirs' });
    const owner = await w.client();
    owner.subscribe({ id: 'own' });
    owner.subscribe({ id: 'filter', servers: [theirs.id] });
    owner.subscribe({ id: 'foreign', project_id: 'p2' });
    owner.subscribe({ id: 'nowhere', project_id: 'p-never-was' });
    owner.subscribe({ id: 'hosts', stream: 'hosts' });
    const frames: Downstream[] = [];
    while (frames.filter(({ type }) => type === 'synced').length < 2) frames.push(await owner.frame());
    await w.change('c1', { live: false });
    await w.change('c1', { forcedDown: true });
    frames.push(...(await owner.said()));
    const forbidden = frames.filter((frame) => frame.type === 'unsubscribed');
    assert.equal(
      forbidden.map((frame) => (frame.type === 'unsubscribed' ? [frame.id, frame.reason] : [])),
      [
        ['foreign', 'forbidden'],
        ['nowhere', 'forbidden'],
        ['hosts', 'forbidden'],
      ],
    );
    assert.is(frames.filter((frame) => frame.type === 'event').length, 0);
    const everything = owner.messages.join('\n');
    for (const secret of [theirs.id, 'theirs', '"c1"']) assert.not(everything.includes(secret));
  });

  promise('an admin follows any project, and operators follow hosts with names and actors', async (open) => {
    const w = await open();
    await w.service();
    await w.server();
    const admin = await w.client('admin');
    admin.subscribe({ id: 'p1', project_id: 'p1' });
    admin.subscribe({ id: 'hosts', stream: 'hosts' });
    await admin.until('synced');
    await admin.until('synced');
    await w.change('c1', { forcedDown: true });
    const events = [await admin.expect('event'), await admin.expect('event')];
    const byId = new Map(events.map((event) => [event.id, event]));
    assert.is(byId.get('p1')?.stream, 'project');
    assert.not('host' in (byId.get('p1')?.items[0] ?? {}));
    const item = byId.get('hosts')?.items[0] as Record<string, unknown>;
    assert.equal([item.host, item.binary, item.actor, item.servers], ['c1', 'nova-compute', 'test', 1]);
  });

  promise(
    'under "unknown-only" an owner sees entering and leaving UNKNOWN and nothing more',
    async (open) => {
      const w = await open();
      w.policy.owners = 'unknown-only';
      await w.service();
      await w.server();
      const client = await w.client();
      client.subscribe();
      const snapshot = await client.expect('snapshot');
      assert.equal(Object.keys(snapshot.items[0] ?? {}).sort(), ['host_id', 'name', 'server_id']);
      assert.is((await client.expect('synced')).sparse, undefined);
      await w.change('c1', { disabled: true });
      await w.change('c1', { disabled: false });
      await w.change('c1', { live: false });
      await w.change('c1', { forcedDown: true });
      await w.change('c1', { forcedDown: false });
      await w.change('c1', { live: true });
      const events = (await client.said()).filter((frame) => frame.type === 'event');
      assert.equal(
        events.flatMap((frame) =>
          frame.type === 'event'
            ? frame.items.map(({ from, to, cause, facts }) => [frame.seq, from, to, cause, facts])
            : [],
        ),
        [
          // By the numbers of what is shown: the server itself was the first.
          [2, undefined, 'UNKNOWN', 'timeout', undefined],
          [3, 'UNKNOWN', undefined, 'heartbeat', undefined],
          [4, undefined, 'UNKNOWN', 'timeout', undefined],
          [5, 'UNKNOWN', undefined, 'heartbeat', undefined],
        ],
      );
      for (const word of ['DOWN', 'MAINTENANCE', 'forced', 'disabled', '"UP"']) {
        assert.not(client.messages.join('\n').includes(word), word);
      }
    },
  );

  promise('a cursor given under other rights is a reset, in both directions', async (open) => {
    const w = await open();
    await w.service();
    await w.server();
    for (const [before, after] of [
      ['unknown-only', 'all'],
      ['all', 'unknown-only'],
    ] as const) {
      w.policy.set(before);
      const first = await w.client();
      first.subscribe();
      const { cursor } = await first.until('synced');
      first.ws.terminate();
      await w.change('c1', { forcedDown: after === 'all' });
      w.policy.set(after);
      const again = await w.client();
      again.subscribe({ cursor });
      const { items } = await again.expect('snapshot');
      assert.is(items[0]?.host_status, after === 'all' ? 'DOWN' : undefined);
      const synced = await again.expect('synced');
      assert.equal([synced.how, synced.reason], ['reset', 'filter']);
    }
  });

  promise('a filter cannot reveal what the policy hides', async (open) => {
    const w = await open();
    w.policy.owners = 'unknown-only';
    await w.service({ forcedDown: true });
    await w.server();
    const client = await w.client();
    client.subscribe({ host_status: ['DOWN'] });
    assert.is((await client.expect('snapshot')).items.length, 0);
    await client.expect('synced');
    await w.change('c1', { forcedDown: false });
    await w.change('c1', { forcedDown: true });
    assert.equal(await client.said(), []);
  });
}
