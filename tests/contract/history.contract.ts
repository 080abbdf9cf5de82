/** What `Store.history` promises, asked of any adapter. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../client-sdk/protocol/items.ts';
import { onDeclared } from '../../server/domain/transition.ts';
import type { LogRow, StreamName } from '../../server/ports/log.ts';
import { anInstance, aService } from '../support/builders.ts';
import { putInstance, putService, type TestStore } from '../support/store.ts';

export function historyContract(name: string, open: () => Promise<TestStore>): void {
  const test = suite<{ t: TestStore }>(`history: ${name}`, {} as never);

  test.before.each(async (context) => {
    context.t = await open();
    await putService(context.t, aService());
  });
  test.after.each(async ({ t }) => {
    await t.close();
  });

  test('a row is found by each server that it names, newest first, in pages', async ({ t }) => {
    const [mine, beside] = [await putInstance(t, anInstance()), await putInstance(t, anInstance())];
    await putService(t, aService({ host: 'c2' }));
    await putInstance(t, anInstance({ host: 'c2' }));
    for (const live of [false, true, false]) await turn(t, 'c1', live);
    await turn(t, 'c2', false);
    await keepUp(t);
    assert.equal(seqs(await t.store.history('project:p1', mine.id, 100, 10)), [6, 5, 4, 1]);
    assert.equal(seqs(await t.store.history('project:p1', beside.id, 100, 10)), [6, 5, 4, 2]);
    assert.equal(seqs(await t.store.history('project:p1', mine.id, 100, 2)), [6, 5]);
    assert.equal(seqs(await t.store.history('project:p1', mine.id, 5, 2)), [4, 1]);
    assert.equal(await t.store.history('project:p1', mine.id, 1, 2), []);
    const [newest] = await t.store.history('project:p1', mine.id, 100, 1);
    assert.equal(newest, (await t.store.log('project:p1', 5, 6, 1))[0], 'as the log has it');
  });

  test('a server is not found in another owner’s stream, nor one that never was', async ({ t }) => {
    const theirs = await putInstance(t, anInstance({ projectId: 'p2' }));
    await putInstance(t, anInstance());
    await turn(t, 'c1', false);
    await keepUp(t);
    assert.equal(await t.store.history('project:p1', theirs.id, 100, 10), []);
    assert.equal(await t.store.history('project:p2', 'never', 100, 10), []);
    assert.equal(seqs(await t.store.history('project:p2', theirs.id, 100, 10)), [2, 1]);
  });

  test('a server that is gone is found as long as the log has it', async ({ t }) => {
    const gone = await putInstance(t, anInstance());
    await putInstance(t, { ...gone, deletedAt: t.clock.now() });
    await keepUp(t);
    const rows = await t.store.history('project:p1', gone.id, 100, 10);
    assert.equal(
      rows.map(({ items }) => (JSON.parse(items) as Change[])[0]?.kind),
      ['server_removed', 'server_added'],
    );
  });

  test('it is kept up in parts that are bounded, and then there is nothing left to do', async ({ t }) => {
    const servers = await Promise.all(Array.from({ length: 600 }, () => putInstance(t, anInstance())));
    for (let n = 0; n < 6; n++) await turn(t, 'c1', n % 2 === 1);
    assert.ok((await keepUp(t)) > 1, 'more than one part');
    assert.is(await t.store.keepHistory(), false);
    for (const { id } of servers.slice(0, 5)) {
      assert.is((await t.store.history('project:p1', id, 1_000, 100)).length, 7);
    }
  });

  test('trimmed rows are gone from the log, and their numbers are never given again', async ({ t }) => {
    const { id } = await putInstance(t, anInstance());
    for (const live of [false, true]) await turn(t, 'c1', live);
    await keepUp(t);
    await t.store.trim(0, 1, 100);
    assert.equal(seqs(await t.store.history('project:p1', id, 100, 10)), await left(t));
    await t.store.trim(t.clock.now() + 1, 0, 100);
    assert.equal(await t.store.history('project:p1', id, 100, 10), []);
    await turn(t, 'c1', false);
    await keepUp(t);
    assert.equal(seqs(await t.store.history('project:p1', id, 100, 10)), [4]);
  });

  test.run();
}

/** @returns in how many parts */
async function keepUp({ store }: TestStore): Promise<number> {
  for (let parts = 1; ; parts++) if (!(await store.keepHistory())) return parts;
}

async function turn({ store, clock, rules }: TestStore, host: string, live: boolean): Promise<void> {
  await store.updateService({ host, binary: 'nova-compute' }, (current) => {
    if (current === undefined) throw new Error(`no service on ${host}`);
    return onDeclared(current, { ...current, live }, { actor: 'test', at: clock.now() }, rules);
  });
}

function seqs(rows: readonly LogRow[]): number[] {
  return rows.map(({ seq }) => seq);
}

async function left({ store }: TestStore, stream: StreamName = 'project:p1'): Promise<number[]> {
  const { head, floor } = await store.bounds(stream);
  return seqs(await store.log(stream, floor - 1, head, 100)).reverse();
}
