/** Old rows, and rows beyond the limit, are deleted from the front, and nothing else. */
import * as assert from 'uvu/assert';
import { anInstance, aService, BUILT_AT } from '../../support/builders.ts';
import { putInstance, putService, rangeOf } from '../../support/store.ts';
import type { StorePromise } from './promise.ts';
import { flip } from './steps.ts';

export function forgettingContract(promise: StorePromise): void {
  promise('old rows are deleted from the front; numbers go on', async (t, clock) => {
    await putService(t, aService());
    for (let n = 0; n < 4; n += 1) {
      clock.advance(1_000);
      await putInstance(t, anInstance());
    }
    assert.is(await t.store.trim(BUILT_AT + 3_000, 1_000, 100), 3);
    assert.equal(await rangeOf(t.store, 'project:p1'), { head: 4, floor: 3 });
    assert.equal(await rangeOf(t.store, 'hosts'), { head: 1, floor: 2 });
    assert.equal(
      (await t.store.log('project:p1', 0, 9, 9)).map(({ seq }) => seq),
      [3, 4],
    );
    assert.is(await t.store.trim(BUILT_AT + 3_000, 1_000, 100), 0);
    assert.is(await t.store.trim(BUILT_AT + 99_000, 1_000, 100), 2);
    assert.equal(await rangeOf(t.store, 'project:p1'), { head: 4, floor: 5 });
    await flip(t, 'c1', { forcedDown: true });
    assert.equal(await rangeOf(t.store, 'project:p1'), { head: 5, floor: 5 });
    assert.equal(await rangeOf(t.store, 'hosts'), { head: 2, floor: 2 });
  });

  promise('rows beyond the limit are deleted too, a bounded batch at a time', async (t) => {
    await putService(t, aService());
    for (let n = 0; n < 9; n += 1) await putInstance(t, anInstance());
    assert.is(await t.store.trim(0, 4, 5), 5);
    assert.is(await t.store.trim(0, 4, 5), 1);
    assert.is(await t.store.trim(0, 4, 5), 0);
    assert.equal(await rangeOf(t.store, 'project:p1'), { head: 9, floor: 6 });
  });

  promise('history is deleted in time, and rows in use stay', async (t, clock) => {
    const remove = async (id: string) => {
      clock.advance(1_000);
      const at = clock.now();
      const by = { action: 'reboot', requestId: `req-${at}`, userId: 'u1', projectId: 'p1', at };
      await t.store.updateInstance(id, (current) => ({ instance: current, action: by }));
      await t.store.updateInstance(id, (current) => ({
        instance: current === undefined ? undefined : { ...current, deletedAt: at, updatedAt: at },
      }));
      return at;
    };
    const [first, second, present] = [
      await putInstance(t, anInstance()),
      await putInstance(t, anInstance()),
      await putInstance(t, anInstance()),
    ];
    await remove(first.id);
    const deletedAt = await remove(second.id);
    for (const at of [10, 20])
      await t.audit.record({ at, actor: 'a', from: null, action: 'x', subject: 's', changes: {} });
    const token = { hosts: ['c1'], label: '', createdAt: 0 };
    await t.accounts.putAgentToken({ ...token, id: 'ended', hash: 'h1', expiresAt: 500 });
    await t.accounts.putAgentToken({ ...token, id: 'lasting', hash: 'h2', expiresAt: null });
    await t.accounts.putAgentToken({ ...token, id: 'later', hash: 'h3', expiresAt: deletedAt + 1 });

    const before = { deleted: deletedAt, actions: 0, audit: 15 };
    assert.is(await t.store.forget(before, 100), 3, 'one server, one entry, one token');
    assert.is(await t.store.forget(before, 100), 0);
    assert.is(await t.store.instance(first.id), undefined);
    assert.equal(await t.store.actions(first.id), []);
    assert.is((await t.store.instance(second.id))?.deletedAt, deletedAt);
    assert.is((await t.store.actions(second.id)).length, 1);
    assert.ok(await t.store.instance(present.id));
    assert.equal(
      (await t.audit.auditEntries({ limit: 9 })).map(({ at }) => at),
      [20],
    );
    assert.equal((await t.accounts.agentTokens()).map(({ id }) => id).sort(), ['lasting', 'later']);
    assert.is(await t.store.forget({ deleted: 0, actions: deletedAt + 1, audit: 0 }, 100), 1, 'an action');
    assert.equal(await t.store.actions(second.id), []);
  });

  promise('a clock that went backwards makes no hole in what is kept', async (t, clock) => {
    await putService(t, aService());
    await putInstance(t, anInstance());
    clock.stepWall(-60_000);
    await putInstance(t, anInstance());
    await t.store.trim(BUILT_AT - 1_000, 1_000, 100);
    assert.equal(await rangeOf(t.store, 'project:p1'), { head: 2, floor: 1 });
    assert.is((await t.store.log('project:p1', 0, 9, 9)).length, 2);
  });
}
