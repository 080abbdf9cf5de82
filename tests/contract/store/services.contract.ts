/** Services are found, come back as they were given, and keep their numbers. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { DomainError } from '../../../server/domain/errors.ts';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import { COMPUTE, factsOf } from '../../../server/domain/service.ts';
import { onServiceRemoved } from '../../../server/domain/transition.ts';
import { anInstance, aService, BUILT_AT } from '../../support/builders.ts';
import { putInstance, putService } from '../../support/store.ts';
import type { StorePromise } from './promise.ts';
import { flip, listen, remove } from './steps.ts';

export function servicesContract(promise: StorePromise): void {
  promise('a service is found by key, uuid and number, and by no other', async (t) => {
    const stored = await putService(t, aService());
    assert.ok(stored.id > 0);
    for (const ref of [{ host: 'c1', binary: COMPUTE }, { uuid: stored.uuid }, { id: stored.id }]) {
      assert.equal(await t.store.service(ref), stored);
    }
    assert.is(await t.store.service({ host: 'c1', binary: 'nova-conductor' }), undefined);
    assert.is(await t.store.service({ uuid: 'c1' }), undefined);
    assert.is(await t.store.service({ id: stored.id + 1 }), undefined);
  });

  promise('every field of a service and of an instance comes back as it was given', async (t) => {
    const service = aService({
      disabled: true,
      disabledReason: 'a "reason", with ünicode',
      forcedDown: true,
      forcedDownAt: 5,
      forcedDownBy: 'u1',
      forcedDownReason: 'smoke',
      fence: 'confirmed',
      live: false,
      lastSeenUp: null,
      reportIntervalMs: 1500,
      serviceDownTimeMs: 9000,
    });
    const { id } = await putService(t, service);
    assert.equal(await t.store.service(service), { ...service, id });
    const instance = anInstance({ locked: true, launchedAt: null, host: null, taskState: 'spawning' });
    const put = await putInstance(t, instance);
    assert.equal(put, { ...instance, placedAt: BUILT_AT, statusSince: BUILT_AT });
    assert.equal(await t.store.instance(instance.id), put);
  });

  promise('a server that was read before is read as it is now, alone and in a list', async (t, clock) => {
    await putService(t, aService());
    let a = await putInstance(t, anInstance({ name: 'a' }));
    let b = await putInstance(t, anInstance({ name: 'b' }));
    const query = { filter: {}, sort: [{ key: 'name', direction: 'asc' }], limit: 5 } as const;
    const are = async (...expected: Instance[]) => {
      for (const _ of ['at first', 'and again']) {
        assert.equal((await t.store.instances(query)).instances, expected);
        for (const one of expected) assert.equal(await t.store.instance(one.id), one);
      }
    };
    const change = (decide: (current: Instance) => Instance) =>
      t.store.updateInstance(a.id, (current) => ({ instance: decide(current as Instance) }));
    await are(a, b);
    const changing = change((current) => ({ ...current, powerState: 4 }));
    // Read while the change is under way: before or after it, and nothing of it is remembered wrongly.
    const [{ powerState } = a] = (await t.store.instances(query)).instances;
    assert.ok(powerState === a.powerState || powerState === 4);
    await changing;
    a = { ...a, powerState: 4 };
    await are(a, b);
    const refused = change(() => {
      throw new DomainError('conflict', 'not now');
    });
    await Promise.allSettled([refused, change((current) => ({ ...current, userId: 'u9' }))]);
    a = { ...a, userId: 'u9' };
    await are(a, b);
    const at = clock.now() + 7;
    await t.store.updateService({ host: 'c1', binary: COMPUTE }, (current) =>
      onServiceRemoved(current, { at, actor: 'u' }),
    );
    [a, b] = [
      { ...a, statusSince: at },
      { ...b, statusSince: at },
    ];
    await are(a, b);
    await t.store.updateInstance(a.id, () => ({ instance: undefined }));
    await are(b);
    assert.is(await t.store.instance(a.id), undefined);
  });

  promise('the number of a removed service is never given to another', async (t) => {
    const first = await putService(t, aService());
    await remove(t, first);
    assert.is(await t.store.service(first), undefined);
    const second = await putService(t, aService());
    assert.ok(second.id > first.id);
  });

  promise('a service may bring its number, but not that of another', async (t) => {
    assert.is((await putService(t, aService({ id: 41 }))).id, 41);
    assert.is((await putService(t, aService({ host: 'c2' }))).id, 42);
    const refused = await putService(t, aService({ host: 'c3', id: 41 })).catch(({ code }) => code);
    assert.is(refused, 'conflict');
    assert.is((await t.store.service({ id: 41 }))?.host, 'c1');
  });

  promise('the facts of a host are those of the last commit, also when read before', async (t) => {
    const facts = async () => (await t.store.computeFacts(['c1'])).get('c1');
    assert.is(await facts(), undefined);
    await putService(t, aService());
    assert.equal(await facts(), { forced_down: false, disabled: false, live: true });
    await flip(t, 'c1', { forcedDown: true });
    assert.equal(await facts(), { forced_down: true, disabled: false, live: true });
    const refused = t.store.updateService({ host: 'c1', binary: COMPUTE }, (current) => {
      throw new DomainError('conflict', `not ${current?.host}`);
    });
    await refused.catch(() => undefined);
    assert.equal(await facts(), { forced_down: true, disabled: false, live: true });
    await t.store.updateService({ host: 'c1', binary: COMPUTE }, () => ({ service: undefined }));
    assert.is(await facts(), undefined);
  });

  promise('compute services, services and servers are found by host', async (t) => {
    const c1 = await putService(t, aService({ host: 'c1' }));
    const c2 = await putService(t, aService({ host: 'c2' }));
    const conductor = await putService(t, aService({ host: 'c1', binary: 'nova-conductor' }));
    await putInstance(t, anInstance({ host: 'c1' }));
    await putInstance(t, anInstance({ host: 'c1', projectId: 'p2' }));
    const computes = await t.store.computeFacts(['c2', 'c1', 'c1', 'c9']);
    assert.equal(
      new Map(computes),
      new Map([
        ['c2', factsOf(c2)],
        ['c1', factsOf(c1)],
      ]),
    );
    assert.equal(await t.store.services(), [c1, c2, conductor]);
    assert.equal(await t.store.services({ host: 'c1' }), [c1, conductor]);
    assert.equal(await t.store.services({ binary: COMPUTE }), [c1, c2]);
    assert.equal(await t.store.services({ host: 'c', binary: COMPUTE }), []);
    assert.is(await t.store.countOnHost('c1'), 2);
    assert.is(await t.store.countOnHost('c2'), 0);
    const listed = await t.store.instances({ filter: { host: 'c1', deleted: false }, sort: [], limit: 9 });
    const names = listed.instances.map(({ id, name }) => ({ id, name }));
    assert.is(names.length, 2);
    assert.equal(await t.store.namesOnHost('c1', 9), names);
    assert.equal(await t.store.namesOnHost('c1', 1), names.slice(0, 1));
    const counted: number[] = [];
    await Promise.all([
      putInstance(t, anInstance({ id: randomUUID(), host: 'c1' })),
      t.store.updateService(c1, (service, servers) => {
        counted.push(servers('c1'), servers('c2'));
        return { service };
      }),
    ]);
    assert.equal(counted, [3, 0], 'a decision counts in its own transaction');
  });

  promise('the last report moves forward only, and is not announced', async (t) => {
    const { id } = await putService(t, aService());
    const commits = listen(t);
    await t.store.writeLastSeen([
      { id, at: BUILT_AT + 10 },
      { id: id + 7, at: BUILT_AT + 10 },
    ]);
    await t.store.writeLastSeen([{ id, at: BUILT_AT + 5 }]);
    const service = await t.store.service({ id });
    assert.is(service?.lastSeenUp, BUILT_AT + 10);
    assert.is(service?.updatedAt, BUILT_AT + 10);
    assert.is(commits.length, 0);
    assert.is((await t.store.services()).length, 1);
  });
}
