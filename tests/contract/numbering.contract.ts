/** What a store promises about the numbers that rows have under the policy `unknown-only`, asked of any adapter. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../client-sdk/protocol/items.ts';
import { isSeenUnknownOnly } from '../../server/domain/unknown-only.ts';
import type { LogRow } from '../../server/ports/log.ts';
import type { Store } from '../../server/ports/store.ts';
import { anInstance, aService } from '../support/builders.ts';
import { putInstance, putService, type TestStore } from '../support/store.ts';

const OWN = 'project:p1';
const ALL = Number.MAX_SAFE_INTEGER;

export function numberingContract(name: string, open: () => Promise<TestStore>): void {
  const test = suite<{ t: TestStore }>(`numbers under "unknown-only": ${name}`, {} as never);

  test.before.each(async (context) => {
    context.t = await open();
    await putService(context.t, aService());
    await putInstance(context.t, anInstance());
  });
  test.after.each(({ t }) => t.close());

  test('rows that show something are numbered without a hole, and the others not at all', async ({ t }) => {
    const announced: LogRow[] = [];
    t.store.onCommit(({ rows }) => announced.push(...rows));
    await changes(t, [{ disabled: true }, { disabled: false }, { live: false }, { live: true }]);
    await putInstance(t, anInstance({ id: 'gone' }));
    await putInstance(t, anInstance({ id: 'gone', deletedAt: 1 }));
    const rows = await t.store.log(OWN, 0, ALL, 100);
    assert.equal(
      rows.map(({ unknownSeq }) => unknownSeq),
      [1, null, null, 2, 3, 4, 5],
    );
    assert.equal(announced.filter(({ stream }) => stream === OWN).map(numbers), rows.slice(1).map(numbers));
    for (const { items, unknownSeq } of rows)
      assert.is((JSON.parse(items) as Change[]).some(isSeenUnknownOnly), unknownSeq !== null);
    const hosts = await t.store.log('hosts', 0, ALL, 100);
    assert.ok(hosts.every(({ unknownSeq }) => unknownSeq === null));
  });

  test('they are read by these numbers, in pages, and nothing else with them', async ({ t }) => {
    for (let n = 0; n < 3; n++)
      await changes(t, [{ live: false }, { disabled: true }, { disabled: false }, { live: true }]);
    const all = await t.store.log(OWN, 0, ALL, 100);
    const seen = all.filter(({ unknownSeq }) => unknownSeq !== null);
    assert.equal(await t.store.log(OWN, 0, ALL, 100, 'unknown-only'), seen);
    assert.equal(await t.store.log(OWN, 2, 4, 100, 'unknown-only'), seen.slice(2, 4));
    assert.equal(await t.store.log(OWN, 2, ALL, 1, 'unknown-only'), seen.slice(2, 3));
    assert.equal(await t.store.log(OWN, 2, ALL, 1, 'all'), all.slice(2, 3));
  });

  test('head and snapshot stand at the last row that showed something', async ({ t }) => {
    const { entry } = await t.store.bounds(OWN);
    const nothing = (await t.store.bounds('project:none')).unknownOnly;
    assert.equal(nothing, { head: 0, floor: 1, headEntry: 0, floorEntry: 0 });
    await changes(t, [{ disabled: true }, { disabled: false }]);
    const own = { head: 1, floor: 1, headEntry: entry, floorEntry: 0 };
    assert.equal((await t.store.bounds(OWN)).unknownOnly, own);
    const { head, unknownOnly } = await t.store.projectSnapshot('p1');
    assert.equal([head, unknownOnly], [3, { head: 1, entry }]);
    await changes(t, [{ live: false }]);
    assert.equal((await t.store.bounds(OWN)).unknownOnly, { ...own, head: 2 });
  });

  test('a trim of rows that show nothing moves no floor there', async ({ t }) => {
    await changes(t, [{ disabled: true }, { disabled: false }, { live: false }, { disabled: true }]);
    const floor = async () => (await t.store.bounds(OWN)).unknownOnly.floor;
    const { entry } = await t.store.bounds(OWN);
    await trimTo(t.store, 4);
    assert.equal([await floor(), (await t.store.bounds(OWN)).floor], [2, 4]);
    assert.is((await t.store.bounds(OWN)).unknownOnly.floorEntry, entry);
    await trimTo(t.store, 5);
    assert.is(await floor(), 3);
    await trimTo(t.store, 6);
    assert.equal((await t.store.bounds(OWN)).unknownOnly, {
      head: 3,
      floor: 4,
      headEntry: entry,
      floorEntry: entry,
    });
    await changes(t, [{ disabled: false }]);
    const [next] = await t.store.log(OWN, 3, ALL, 10, 'unknown-only');
    assert.is(next?.unknownSeq, 4);
  });

  test('a commit of many rows numbers those that are seen among them', async ({ t }) => {
    const host = 'c2';
    await putService(t, aService({ host }));
    await putInstance(t, anInstance({ host }));
    await putInstance(t, anInstance({ host, projectId: 'p2' }));
    await Promise.all([
      changes(t, [{ disabled: true }]),
      changes(t, [{ live: false }], host),
      changes(t, [{ live: true }], host),
    ]);
    for (const stream of [OWN, 'project:p2'] as const) {
      const seen = await t.store.log(stream, 0, ALL, 100, 'unknown-only');
      assert.equal(
        seen.map(({ unknownSeq }) => unknownSeq),
        seen.map((_, n) => n + 1),
      );
      assert.is((await t.store.bounds(stream)).unknownOnly.head, seen.length);
      assert.ok(seen.length >= 2);
    }
  });

  test.run();
}

const numbers = ({ seq, unknownSeq }: LogRow) => [seq, unknownSeq];

async function changes(t: TestStore, fields: readonly object[], host = 'c1'): Promise<void> {
  for (const change of fields)
    await t.store.updateService({ host, binary: 'nova-compute' }, (current) => ({
      service: { ...(current as NonNullable<typeof current>), ...change },
      news: {
        cause: 'reason',
        at: t.clock.now(),
        before: current,
        after: { ...(current as NonNullable<typeof current>), ...change },
      },
    }));
}

/** Trims until the stream's floor is there, whatever lies between in other streams. */
async function trimTo(store: Store, floor: number): Promise<void> {
  while ((await store.bounds(OWN)).floor < floor)
    assert.is(await store.trim(Number.MAX_SAFE_INTEGER - 1, 1_000, 1), 1);
}
