/** What `server/ports/store.ts` promises, asked of any adapter. */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change, ServiceChange } from '../../client-sdk/protocol/items.ts';
import { DomainError } from '../../server/domain/errors.ts';
import type { Instance } from '../../server/domain/instances/instance.ts';
import { COMPUTE, factsOf, type Service, type ServiceKey } from '../../server/domain/service.ts';
import {
  onReport,
  onServiceRemoved,
  onSettings,
  onSilence,
  onSwitched,
  type Switches,
} from '../../server/domain/transition.ts';
import {
  type Committed,
  MAX_ITEMS_PER_ROW,
  type SnapshotRemark,
  type StreamName,
} from '../../server/ports/store.ts';
import { anInstance, aService, BUILT_AT, SMALL_FLAVOR, someDetails } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { putInstance, putService, rangeOf, type TestStore } from '../support/store.ts';

/** `open` gives a new, empty store each time. */
export function storeContract(name: string, open: (clock: FakeClock) => Promise<TestStore>): void {
  const test = suite(`store: ${name}`);

  function promise(text: string, check: (t: TestStore, clock: FakeClock) => Promise<void>): void {
    test(text, async () => {
      const clock = new FakeClock();
      const t = await open(clock);
      try {
        await check(t, clock);
      } finally {
        await t.close();
      }
    });
  }

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

  promise('state and log are one: what is answered is in both', async (t) => {
    await putService(t, aService());
    const { id } = await putInstance(t, anInstance({ projectId: 'p1', name: 'db-1' }));
    const service = await flip(t, 'c1', { forcedDown: true });
    assert.is(service?.forcedDown, true);
    const [item] = await changes(t, 'project:p1', 1);
    assert.is(item?.server_id, id);
    assert.is(item?.name, 'db-1');
    assert.is(item?.kind, 'transition');
    assert.is(item?.from, 'UP');
    assert.is(item?.to, 'DOWN');
    const [sent] = await serviceChanges(t, 1);
    assert.is(sent?.host, 'c1');
    assert.is(sent?.actor, 'test');
    assert.is(sent?.servers, 1);
  });

  promise('a decision that throws is refused alone and changes nothing', async (t) => {
    await Promise.all([
      putService(t, aService({ host: 'c1' })),
      putService(t, aService({ host: 'c2' })),
      putInstance(t, anInstance({ host: 'c1' })),
    ]);
    const before = await t.store.bounds('project:p1');
    const [refused, kept] = await Promise.allSettled([
      t.store.updateService(key('c1'), () => {
        throw new DomainError('conflict', 'no');
      }),
      flip(t, 'c2', { disabled: true }),
    ]);
    assert.is(refused.status === 'rejected' && refused.reason.code, 'conflict');
    assert.is(kept.status === 'fulfilled' && kept.value?.disabled, true);
    assert.is((await t.store.service(key('c1')))?.disabled, false);
    assert.equal(await t.store.bounds('project:p1'), before);
  });

  promise('a value that the database cannot keep is refused alone, and not announced', async (t) => {
    const taken = await putService(t, aService({ host: 'c1' }));
    await putService(t, aService({ host: 'c3' }));
    const { head } = await t.store.bounds('hosts');
    const [refused, kept] = await Promise.allSettled([
      putService(t, aService({ host: 'c2', uuid: taken.uuid })),
      flip(t, 'c3', { disabled: true }),
    ]);
    assert.is(refused.status === 'rejected' && refused.reason.code, 'conflict');
    assert.is(kept.status, 'fulfilled');
    assert.is(await t.store.service(key('c2')), undefined);
    assert.is((await t.store.bounds('hosts')).head, head + 1);
    const sent = await serviceChanges(t, head);
    assert.equal(
      sent.map(({ host }) => host),
      ['c3'],
    );
  });

  promise('a text with U+0000 is refused alone, and nothing of it is kept or announced', async (t) => {
    await putService(t, aService());
    const { head } = await t.store.bounds('hosts');
    const outcomes = await Promise.allSettled([
      putService(t, aService({ host: 'c2', zone: 'a\u0000b' })),
      putInstance(t, anInstance({ name: 'x\u0000' })),
      putInstance(t, anInstance({ details: someDetails({ description: '\u0000' }) })),
      flip(t, 'c1', { disabled: true }),
    ]);
    assert.equal(
      outcomes.map((one) => (one.status === 'rejected' ? one.reason.code : 'kept')),
      ['invalid', 'invalid', 'invalid', 'kept'],
    );
    assert.is(await t.store.service(key('c2')), undefined);
    assert.is((await t.store.bounds('hosts')).head, head + 1);
    assert.is((await t.store.bounds('project:p1')).head, 0);
  });

  promise('what is asked for in one turn is one commit, and one row for each stream', async (t) => {
    for (const host of ['c1', 'c2', 'c3']) {
      await putService(t, aService({ host }));
      await putInstance(t, anInstance({ host }));
    }
    const { head } = await t.store.bounds('project:p1');
    const commits = listen(t);
    await Promise.all(['c1', 'c2', 'c3'].map((host) => flip(t, host, { forcedDown: true })));
    assert.is(commits.length, 1);
    assert.is(commits[0]?.services.length, 3);
    assert.equal(
      commits[0]?.rows.map(({ stream }) => stream),
      ['project:p1', 'hosts'],
    );
    assert.is((await t.store.bounds('project:p1')).head, head + 1);
    assert.is((await changes(t, 'project:p1', head)).length, 3);
  });

  promise('decisions of one turn see each other in the order in which they were asked for', async (t) => {
    await putService(t, aService());
    const seen: (boolean | undefined)[] = [];
    const look = () =>
      t.store.updateService(key('c1'), (current) => {
        seen.push(current?.disabled);
        return { service: current };
      });
    await Promise.all([look(), flip(t, 'c1', { disabled: true }), look(), remove(t, key('c1')), look()]);
    assert.equal(seen, [false, true, undefined]);
  });

  promise('the urgent ones are decided before those that came earlier in the turn', async (t) => {
    await putService(t, aService({ host: 'c1' }));
    await putService(t, aService({ host: 'c2' }));
    const commits = listen(t);
    await Promise.all([
      flip(t, 'c1', { disabled: true }),
      t.store.updateService(
        key('c2'),
        (current) => onSwitched(current, { forcedDown: true }, by(t), t.rules),
        { urgent: true },
      ),
    ]);
    const items = commits.flatMap(({ rows }) => rows.flatMap((row) => JSON.parse(row.items)));
    assert.equal(
      items.map(({ host }) => host),
      ['c2', 'c1'],
    );
  });

  promise('a storm in one turn is committed whole, in order, without a hole', async (t) => {
    const hosts = Array.from({ length: 2_500 }, (_, n) => `c${n}`);
    const commits = listen(t);
    await Promise.all(hosts.map((host) => putService(t, aService({ host }))));
    const rows = commits.flatMap((commit) => commit.rows);
    assert.equal(
      rows.map(({ seq }) => seq),
      rows.map((_, n) => n + 1),
    );
    assert.equal(
      rows.flatMap((row) => JSON.parse(row.items)).map(({ host }) => host),
      hosts,
    );
    assert.is((await t.store.services()).length, 2_500);
  });

  promise('an owner gets its own servers, and learns nothing of others by number or content', async (t) => {
    await putService(t, aService());
    const mine = await putInstance(t, anInstance({ projectId: 'p1' }));
    for (let n = 0; n < 3; n += 1) await putInstance(t, anInstance({ projectId: 'p2' }));
    assert.equal(await rangeOf(t.store, 'project:p1'), { head: 1, floor: 1 });
    assert.equal(await rangeOf(t.store, 'project:p2'), { head: 3, floor: 1 });
    await flip(t, 'c1', { forcedDown: true });
    const rows = await t.store.log('project:p1', 0, 100, 100);
    assert.equal(
      rows.map(({ seq }) => seq),
      [1, 2],
    );
    for (const change of await changes(t, 'project:p1', 0)) assert.is(change.server_id, mine.id);
    assert.equal(await rangeOf(t.store, 'project:p3'), { head: 0, floor: 1 });
    assert.equal(await t.store.projectSnapshot('p3'), {
      head: 0,
      items: [],
      entry: 0,
      unknownOnly: { head: 0, entry: 0 },
    });
    assert.equal(await t.store.log('project:p3', 0, 100, 100), []);
  });

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

  promise('who stopped listening hears nothing more', async (t) => {
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

  promise('a commit with very many items for one owner is cut into bounded rows', async (t) => {
    await putService(t, aService());
    const many = Array.from({ length: MAX_ITEMS_PER_ROW + 1 }, () => anInstance());
    await Promise.all(many.map((instance) => putInstance(t, instance)));
    const { head } = await t.store.bounds('project:p1');
    await flip(t, 'c1', { forcedDown: true });
    const rows = await t.store.log('project:p1', head, head + 10, 10);
    assert.equal(
      rows.map(({ seq, items }) => [seq, JSON.parse(items).length]),
      [
        [head + 1, MAX_ITEMS_PER_ROW],
        [head + 2, 1],
      ],
    );
    assert.is((await t.store.bounds('project:p1')).head, head + 2);
  });

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

  promise('what is remarked of a service goes with its state and with those of its servers', async (t) => {
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

  for (const first of ['placement', 'host']) {
    promise(
      `a server placed in the turn in which its host goes DOWN ends as DOWN (${first} first)`,
      async (t) => {
        await putService(t, aService());
        const place = () => putInstance(t, anInstance());
        const down = () => flip(t, 'c1', { forcedDown: true });
        await Promise.all(first === 'host' ? [down(), place()] : [place(), down()]);
        const sent = await changes(t, 'project:p1', 0);
        assert.equal(
          sent.map(({ kind, to }) => [kind, to]),
          first === 'host'
            ? [['server_added', 'DOWN']]
            : [
                ['server_added', 'UP'],
                ['transition', 'DOWN'],
              ],
        );
        assert.is((await t.store.projectSnapshot('p1')).items[0]?.host_status, 'DOWN');
      },
    );
  }

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

  promise('a decision about a server sees the services as they are in its transaction', async (t) => {
    const statuses: (boolean | undefined)[] = [];
    await Promise.all([
      putService(t, aService({ forcedDown: true })),
      t.store.updateInstance('i', (current, computeOf) => {
        statuses.push(computeOf('c1')?.forcedDown, computeOf('c2')?.forcedDown, computeOf(null)?.forcedDown);
        return { instance: current };
      }),
    ]);
    assert.equal(statuses, [true, undefined, undefined]);
  });

  promise('the log is read in pages, after one place and up to another', async (t) => {
    await putService(t, aService());
    for (let n = 0; n < 5; n += 1) await putInstance(t, anInstance());
    const seqs = async (after: number, upTo: number, limit: number) =>
      (await t.store.log('project:p1', after, upTo, limit)).map(({ seq }) => seq);
    assert.equal(await seqs(0, 5, 3), [1, 2, 3]);
    assert.equal(await seqs(3, 5, 3), [4, 5]);
    assert.equal(await seqs(1, 3, 9), [2, 3]);
    assert.equal(await seqs(5, 9, 9), []);
  });

  promise('the last report moves forward only, and is no news', async (t) => {
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

  promise('what is old is forgotten from the front; numbers go on', async (t, clock) => {
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

  promise('what is too much is forgotten too, a bounded batch at a time', async (t) => {
    await putService(t, aService());
    for (let n = 0; n < 9; n += 1) await putInstance(t, anInstance());
    assert.is(await t.store.trim(0, 4, 5), 5);
    assert.is(await t.store.trim(0, 4, 5), 1);
    assert.is(await t.store.trim(0, 4, 5), 0);
    assert.equal(await rangeOf(t.store, 'project:p1'), { head: 9, floor: 6 });
  });

  promise('what is kept for looking back goes in time, and what is in use stays', async (t, clock) => {
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

  promise('two databases are never taken for each other', async (t, clock) => {
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

  promise('what waits at closing is committed; what comes later is refused as unavailable', async (t) => {
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

  test.run();
}

function key(host: string): ServiceKey {
  return { host, binary: COMPUTE };
}

function by({ clock }: TestStore) {
  return { actor: 'test', at: clock.now() };
}

function flip(t: TestStore, host: string, switches: Switches): Promise<Service | undefined> {
  return t.store.updateService(key(host), (current) => onSwitched(current, switches, by(t), t.rules));
}

function remove(t: TestStore, { host, binary }: ServiceKey): Promise<Service | undefined> {
  return t.store.updateService({ host, binary }, (current) => onServiceRemoved(current, by(t)));
}

/** Collects commits from now on. */
function listen({ store }: TestStore): Committed[] {
  const commits: Committed[] = [];
  store.onCommit((committed) => commits.push(committed));
  return commits;
}

async function itemsAfter<T>({ store }: TestStore, stream: StreamName, after: number): Promise<T[]> {
  const rows = await store.log(stream, after, Number.MAX_SAFE_INTEGER, 10_000);
  return rows.flatMap(({ items }) => JSON.parse(items) as T[]);
}

function changes(t: TestStore, stream: `project:${string}`, after: number): Promise<Change[]> {
  return itemsAfter<Change>(t, stream, after);
}

function serviceChanges(t: TestStore, after: number): Promise<ServiceChange[]> {
  return itemsAfter<ServiceChange>(t, 'hosts', after);
}
