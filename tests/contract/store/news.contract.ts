/** What listeners hear of a commit, when, and what is no news. */
import * as assert from 'uvu/assert';
import { onReport, onSettings } from '../../../server/domain/transition.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import { anInstance, aService } from '../../support/builders.ts';
import { putInstance, putService } from '../../support/store.ts';
import type { StorePromise } from './promise.ts';
import { changes, flip, key, listen, remove } from './steps.ts';

export function newsContract(promise: StorePromise): void {
  promise('news comes after its commit, before its answer, and as the log has it', async (t) => {
    await putService(t, aService());
    await putInstance(t, anInstance());
    const order: string[] = [];
    let read: Promise<unknown> | undefined;
    let sent: Committed | undefined;
    t.store.onCommit((committed) => {
      order.push('committed');
      sent = committed;
      read = Promise.all([t.store.log('project:p1', 1, 2, 10), t.store.service(key('c1'))]);
    });
    const service = await flip(t, 'c1', { forcedDown: true });
    order.push('answered');
    assert.equal(order, ['committed', 'answered']);
    const own = sent?.rows.filter(({ stream }) => stream === 'project:p1');
    assert.equal(await read, [own, service]);
    assert.equal(sent?.services, [service]);
  });

  promise('a listener that throws disturbs neither the others nor the caller', async (t) => {
    t.store.onCommit(() => {
      throw new Error('listener');
    });
    const commits = listen(t);
    await putService(t, aService());
    await putService(t, aService({ host: 'c2' }));
    assert.is(commits.length, 2);
  });

  promise('a listener that was removed is not called again', async (t) => {
    let heard = 0;
    const stop = t.store.onCommit(() => {
      heard += 1;
    });
    await putService(t, aService());
    stop();
    await flip(t, 'c1', { disabled: true });
    assert.is(heard, 1);
  });

  promise('a report that changes nothing is announced to no stream', async (t) => {
    await putService(t, aService());
    const commits = listen(t);
    await t.store.updateService(key('c1'), (current) =>
      onReport(current, { ...key('c1'), uuid: 'x' }, t.clock.now(), t.rules),
    );
    assert.is(commits.length, 0);
  });

  promise('new settings reach those who keep services in memory, and no stream', async (t) => {
    await putService(t, aService());
    const commits = listen(t);
    await t.store.updateService(key('c1'), (current) =>
      onSettings(current, { serviceDownTimeMs: 2_000 }, t.clock.now()),
    );
    assert.is(commits.length, 1);
    assert.is(commits[0]?.rows.length, 0);
    assert.is(commits[0]?.services[0]?.serviceDownTimeMs, 2_000);
  });

  promise('a removed service is announced as removed, and not among those that remain', async (t) => {
    const service = await putService(t, aService());
    await putInstance(t, anInstance());
    const commits = listen(t);
    await Promise.all([flip(t, 'c1', { disabled: true }), remove(t, service)]);
    assert.equal(commits[0]?.services, []);
    assert.equal(
      commits[0]?.removedServices.map(({ id }) => id),
      [service.id],
    );
    const sent = await changes(t, 'project:p1', 1);
    assert.equal(
      sent.map(({ to }) => to),
      ['MAINTENANCE', ''],
    );
  });
}
