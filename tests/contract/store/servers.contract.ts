/** Servers are listable after their deletion, and carry their actions and flavors. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { anInstance, aService, SMALL_FLAVOR, someDetails } from '../../support/builders.ts';
import { putInstance, putService } from '../../support/store.ts';
import type { StorePromise } from './promise.ts';
import { flip } from './steps.ts';

export function serversContract(promise: StorePromise): void {
  promise('a deleted server stays listable and leaves the stream; a purged one leaves both', async (t) => {
    await putService(t, aService());
    const kept = await putInstance(t, anInstance());
    const gone = await putInstance(t, anInstance());
    await putInstance(t, { ...kept, deletedAt: 7 });
    await t.store.updateInstance(gone.id, () => ({ instance: undefined }));
    assert.is((await t.store.instance(kept.id))?.deletedAt, 7);
    assert.is(await t.store.instance(gone.id), undefined);
    assert.equal((await t.store.projectSnapshot('p1')).items, []);
    assert.is(await t.store.countOnHost('c1'), 0);
    const { head } = await t.store.bounds('project:p1');
    await flip(t, 'c1', { forcedDown: true });
    assert.is((await t.store.bounds('project:p1')).head, head);
  });

  promise('the actions on a server are kept with it, newest first, a hundred at most', async (t, clock) => {
    const instance = await putInstance(t, anInstance());
    const does = (action: string) =>
      t.store.updateInstance(instance.id, (current) => ({
        instance: current,
        action: { action, requestId: `req-${action}`, userId: 'u', projectId: null, at: clock.now() },
      }));
    for (let i = 0; i < 105; i++) await does(`a${i}`);
    const actions = await t.store.actions(instance.id);
    assert.is(actions.length, 100);
    assert.equal(actions[0], {
      action: 'a104',
      requestId: 'req-a104',
      userId: 'u',
      projectId: null,
      at: clock.now(),
    });
    assert.is(actions.at(-1)?.action, 'a5');
    await t.store.updateInstance(instance.id, () => ({ instance: undefined }));
    assert.equal(await t.store.actions(instance.id), []);
  });

  promise("an owner's flavors are the declared ones and those of its own servers", async (t) => {
    const flavor = (id: string, vcpus: number) => ({ ...SMALL_FLAVOR, id, vcpus });
    const put = (projectId: string, id: string, vcpus: number) =>
      putInstance(
        t,
        anInstance({
          id: randomUUID(),
          projectId,
          flavorId: id,
          details: someDetails({ flavor: flavor(id, vcpus) }),
        }),
      );
    await t.store.putFlavors([flavor('b', 2)]);
    await t.store.putFlavors([flavor('b', 3)]);
    await put('p1', 'c', 0);
    await put('p1', 'c', 4);
    await put('p2', 'a', 1);
    assert.equal(await t.store.flavors('p1'), [flavor('b', 3), flavor('c', 4)]);
    assert.equal(await t.store.flavors('p3'), [flavor('b', 3)]);
    assert.equal(
      (await t.store.flavors()).map(({ id }) => id),
      ['a', 'b', 'c'],
    );
    const twice = { instances: 2, vcpus: 8, ram: 1024, disk: 2 };
    assert.equal(await t.store.usage({ projectId: 'p1' }), twice);
    const { instances, vcpus } = await t.store.usage({ host: 'c1' });
    assert.equal([instances, vcpus], [3, 5]);
    assert.is((await t.store.usage({ host: 'c9' })).instances, 0);
  });
}
