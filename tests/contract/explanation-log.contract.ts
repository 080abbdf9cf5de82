/** What `ExplanationLog` promises, asked of any adapter. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change, ServiceChange } from '../../client-sdk/protocol/items.ts';
import type { SilenceRecord } from '../../server/domain/silence/silence-record.ts';
import { onReport, onSilence } from '../../server/domain/transition.ts';
import { OBSERVER_ENTRIES_KEPT, type ObserverEntry } from '../../server/ports/explanation-log.ts';
import type { LogRow } from '../../server/ports/log.ts';
import { anInstance, aService } from '../support/builders.ts';
import { putInstance, putService, type TestStore } from '../support/store.ts';

export function explanationLogContract(name: string, open: () => Promise<TestStore>): void {
  const test = suite<{ t: TestStore }>(`explanations: ${name}`, {} as never);

  test.before.each(async (context) => {
    context.t = await open();
    await putService(context.t, aService());
  });
  test.after.each(async ({ t }) => {
    await t.close();
  });

  test('a silence is stored with its change, found newest first and up to a time', async ({ t }) => {
    const id = await idOf(t);
    for (const at of [1_000, 2_000, 3_000]) await silent(t, at);
    const found = await t.explanations.silences(id, 2_500, 10);
    assert.equal(found, [aRecord(2_000), aRecord(1_000)]);
    assert.equal(
      (await t.explanations.silences(id, 3_000, 1)).map(({ at }) => at),
      [3_000],
    );
    assert.equal(await t.explanations.silences(id + 1, 9_000, 10), [], 'another service’s');
  });

  test('a decision that changes nothing stores no silence', async ({ t }) => {
    await t.store
      .updateService({ host: 'c1', binary: 'nova-compute' }, () => {
        throw new Error('refused');
      })
      .then(
        () => assert.unreachable(),
        () => undefined,
      );
    assert.equal(await t.explanations.silences(await idOf(t), 9_000, 10), []);
  });

  test('records are deleted together with the log of their time', async ({ t }) => {
    const id = await idOf(t);
    for (const at of [1_000, 2_000, 3_000]) await silent(t, at);
    await t.store.trim(2_500, 1_000_000, 100);
    assert.equal(
      (await t.explanations.silences(id, 9_000, 10)).map(({ at }) => at),
      [3_000],
    );
  });

  test('the rows of one commit are found by what happened, and no others', async ({ t }) => {
    await putInstance(t, anInstance());
    await putInstance(t, anInstance({ projectId: 'p2' }));
    await putService(t, aService({ host: 'c2' }));
    await putInstance(t, anInstance({ host: 'c2', projectId: 'p3' }));
    await Promise.all([silent(t, 1_000), silent(t, 1_000, 'c2')]);
    await silent(t, 2_000);
    const { head } = await t.store.bounds('hosts');
    const rows = await t.store.log('hosts', 0, head, 100);
    const first = rows
      .flatMap((row) => (JSON.parse(row.items) as ServiceChange[]).map((item) => ({ row, item })))
      .find(({ item }) => item.host === 'c1' && item.to === 'UNKNOWN');
    const { row, item } = first as NonNullable<typeof first>;
    const found = await t.explanations.sameCommit(row, item.correlation_id as string, 10);
    assert.equal(found.map(({ stream }) => stream).sort(), ['project:p1', 'project:p2']);
    for (const { items } of found)
      assert.is((JSON.parse(items) as Change[])[0]?.correlation_id, item.correlation_id);
    assert.equal(await t.explanations.sameCommit(row, 'never', 10), []);
    assert.equal(await t.explanations.sameCommit({ stream: 'hosts', seq: 999 }, 'never', 10), []);
  });

  test('the rows of a commit are found however many other rows stand beside them', async ({ t }) => {
    const owners = Array.from({ length: 450 }, (_, n) => `q${n}`);
    await Promise.all(owners.map((projectId) => putInstance(t, anInstance({ projectId }))));
    await silent(t, 1_000);
    const { head } = await t.store.bounds('hosts');
    const row = (await t.store.log('hosts', head - 1, head, 1))[0] as LogRow;
    const [item] = JSON.parse(row.items) as ServiceChange[];
    const ask = (limit: number) => t.explanations.sameCommit(row, item?.correlation_id as string, limit);
    const found = await ask(1_000);
    assert.equal(new Set(found.map(({ stream }) => stream)), new Set(owners.map((id) => `project:${id}`)));
    assert.is((await ask(300)).length, 300);
  });

  test('a service is found in the history of the operators’ stream', async ({ t }) => {
    const { uuid } = (await t.store.service({ host: 'c1', binary: 'nova-compute' })) as { uuid: string };
    await silent(t, 1_000);
    await putService(t, aService({ host: 'c2' }));
    while (await t.store.keepHistory());
    const rows = await t.store.history('hosts', uuid, 100, 10);
    const items = rows.flatMap(({ items }) => JSON.parse(items) as ServiceChange[]);
    assert.equal(
      items.filter(({ service_id }) => service_id === uuid).map(({ cause }) => cause),
      ['heartbeat', 'timeout', 'service_added'],
    );
  });

  test('the observer’s history is kept in order, and the oldest go first', async ({ t }) => {
    const entries = Array.from({ length: OBSERVER_ENTRIES_KEPT + 5 }, (_, n) => anEntry(n));
    await t.explanations.noteObserver(entries.slice(0, 2));
    await t.explanations.noteObserver(entries.slice(2));
    assert.equal(await t.explanations.observerHistory(), entries.slice(5));
  });

  test.run();
}

async function idOf({ store }: TestStore, host = 'c1'): Promise<number> {
  return (await store.service({ host, binary: 'nova-compute' }))?.id as number;
}

/** Silent at that time, and back right after it. */
async function silent({ store, rules }: TestStore, at: number, host = 'c1'): Promise<void> {
  const ref = { host, binary: 'nova-compute' };
  await store.updateService(ref, (current) => ({
    ...onSilence(current, { cause: 'timeout', at }, rules),
    silence: aRecord(at),
  }));
  await store.updateService(ref, (current) => onReport(current, { ...ref, uuid: '' }, at + 1, rules));
}

function aRecord(at: number): SilenceRecord {
  return {
    at,
    arrivals: [at - 60_000, at - 70_000],
    lastHeard: at - 60_000,
    reportInterval: 10_000,
    serviceDownTime: 60_000,
    deadline: at - 5,
    lateness: 5,
    allowance: 0,
    connection: { state: 'none' },
    observer: { state: 'ok' },
    others: null,
    together: { count: 0, hosts: [] },
  };
}

function anEntry(n: number): ObserverEntry {
  return n % 2 === 0
    ? { at: n, state: 'ok', code: null, reason: null, blind: 0 }
    : { at: n, state: 'paused', code: 'late', reason: 'it was paused', blind: 7 };
}
