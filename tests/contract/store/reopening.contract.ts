/** A database has its own identity, and keeps it and its log when closed. */
import * as assert from 'uvu/assert';
import type { Service } from '../../../server/domain/service.ts';
import { onSilence } from '../../../server/domain/transition.ts';
import { anInstance, aService } from '../../support/builders.ts';
import { putInstance, putService } from '../../support/store.ts';
import type { StorePromise } from './promise.ts';
import { changes, flip, key } from './steps.ts';

export function reopeningContract(promise: StorePromise): void {
  promise('two databases are never taken for each other', async (t, clock, open) => {
    const other = await open(clock);
    try {
      assert.is.not(other.store.epoch, t.store.epoch);
      assert.ok(t.store.epoch.length > 0);
      assert.is(t.store.signingKey.length, 32);
      assert.not.equal([...other.store.signingKey], [...t.store.signingKey]);
    } finally {
      await other.close();
    }
  });

  promise('decisions waiting at close are committed; later ones are unavailable', async (t) => {
    const { store } = t;
    const waiting = putService(t, aService());
    await store.close();
    assert.ok(((await waiting) as Service).id > 0);
    const code = await putService(t, aService()).then(
      () => 'kept',
      (error) => error.code,
    );
    assert.is(code, 'unavailable');
  });

  promise('closed and opened again it is the same log, and goes on where it was', async (t) => {
    if (t.reopen === undefined) return;
    await putService(t, aService());
    const { id } = await putInstance(t, anInstance());
    await flip(t, 'c1', { forcedDown: true });
    const { epoch, signingKey } = t.store;
    const before = [await t.store.projectSnapshot('p1'), await t.store.log('project:p1', 0, 9, 9)];
    const store = await t.reopen();
    assert.is(store.epoch, epoch);
    assert.equal([...store.signingKey], [...signingKey]);
    assert.equal([await store.projectSnapshot('p1'), await store.log('project:p1', 0, 9, 9)], before);
    await t.store.updateService(key('c1'), (current) =>
      onSilence(current, { cause: 'timeout', at: t.clock.now() }, t.rules),
    );
    assert.is((await store.bounds('project:p1')).head, 3);
    assert.is((await changes(t, 'project:p1', 2))[0]?.server_id, id);
  });
}
