/** A snapshot is of one moment and carries its place in the log. */
import * as assert from 'uvu/assert';
import { onServiceRemoved } from '../../../server/domain/transition.ts';
import type { SnapshotRemark } from '../../../server/ports/store.ts';
import { anInstance, aService, BUILT_AT } from '../../support/builders.ts';
import { putInstance, putService } from '../../support/store.ts';
import type { StorePromise } from './promise.ts';
import { changes, flip, serviceChanges } from './steps.ts';

export function snapshotsContract(promise: StorePromise): void {
  promise('a snapshot carries the head at which it was read', async (t, clock) => {
    await putService(t, aService());
    const { id } = await putInstance(t, anInstance());
    await putInstance(t, anInstance({ projectId: 'p2' }));
    clock.advance(5_000);
    await flip(t, 'c1', { forcedDown: true });
    const snapshot = await t.store.projectSnapshot('p1');
    assert.is(snapshot.head, 2);
    assert.is(snapshot.items.length, 1);
    assert.is(snapshot.items[0]?.server_id, id);
    assert.is(snapshot.items[0]?.host_status, 'DOWN');
    assert.is(snapshot.items[0]?.since, new Date(BUILT_AT + 5_000).toISOString());
    const hosts = await t.store.hostsSnapshot();
    assert.is(hosts.head, 2);
    assert.is(hosts.items[0]?.host_status, 'DOWN');
    assert.is(hosts.items[0]?.servers, 2);
  });

  promise('a remark about a service is in its state and in those of its servers', async (t) => {
    await putService(t, aService());
    await putService(t, aService({ host: 'c2' }));
    await putInstance(t, anInstance());
    await putInstance(t, anInstance({ host: 'c2' }));
    await putInstance(t, anInstance({ host: null }));
    const remark: SnapshotRemark = ({ host, binary }) =>
      host === 'c1' && binary === 'nova-compute' ? { confidence: 'grace' } : {};
    const plain = await t.store.projectSnapshot('p1');
    const { items } = await t.store.projectSnapshot('p1', remark);
    const on = new Map(
      await Promise.all(items.map(async (one) => [one, await t.store.instance(one.server_id)] as const)),
    );
    assert.equal(
      items.map((one) => one.confidence ?? null),
      items.map((one) => (on.get(one)?.host === 'c1' ? 'grace' : null)),
    );
    assert.is(items.filter((one) => one.confidence === 'grace').length, 1);
    assert.equal(
      items.map(({ confidence: _, ...state }) => state),
      plain.items,
    );
    const hosts = await t.store.hostsSnapshot(remark);
    assert.equal(
      hosts.items.map(({ host, confidence }) => [host, confidence]),
      [
        ['c1', 'grace'],
        ['c2', undefined],
      ],
    );
  });

  promise(
    'a server whose host loses its compute service has that status since that moment',
    async (t, clock) => {
      const { host, binary } = await putService(t, aService());
      await putInstance(t, anInstance());
      clock.advance(5_000);
      const by = { actor: 'op', at: clock.now() };
      await t.store.updateService({ host, binary }, (current) => onServiceRemoved(current, by));
      const line = async () =>
        (await t.store.projectSnapshot('p1')).items.map((one) => [one.host_status, one.since]);
      assert.equal(await line(), [['', new Date(BUILT_AT + 5_000).toISOString()]]);
      clock.advance(5_000);
      await putService(t, aService({ statusSince: clock.now() }));
      assert.equal(await line(), [['UP', new Date(BUILT_AT + 10_000).toISOString()]]);
    },
  );

  promise('a large snapshot is of one moment, though commits go on while it is read', async (t) => {
    await putService(t, aService());
    const many = Array.from({ length: 1_700 }, () => anInstance());
    await Promise.all(many.map((instance) => putInstance(t, instance)));
    await Promise.all(many.map((_, n) => putService(t, aService({ host: `d${n}` }))));
    const reading = Promise.all([t.store.projectSnapshot('p1'), t.store.hostsSnapshot()]);
    await flip(t, 'c1', { forcedDown: true });
    const [servers, hosts] = await reading;
    const statuses = new Set(servers.items.map(({ host_status }) => host_status));
    assert.is(servers.items.length, many.length);
    assert.is(hosts.items.length, many.length + 1);
    assert.is(statuses.size, 1);
    const missed = await changes(t, 'project:p1', servers.head);
    assert.is(missed.length, statuses.has('UP') ? many.length : 0);
    const [sent] = await serviceChanges(t, hosts.head);
    assert.is(sent?.to ?? 'DOWN', 'DOWN');
    assert.is(hosts.items[0]?.host_status, sent === undefined ? 'DOWN' : 'UP');
  });
}
