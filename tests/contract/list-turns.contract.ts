/** What lists of many callers at once promise each other, asked of any adapter. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anInstance } from '../support/builders.ts';
import { putInstance, type TestStore } from '../support/store.ts';

export function listTurnsContract(name: string, open: () => Promise<TestStore>): void {
  const test = suite<{ t: TestStore }>(`turns of lists: ${name}`, {} as never);

  test.before.each(async (context) => {
    context.t = await open();
  });
  test.after.each(async ({ t }) => {
    await t.close();
  });

  test('a project that searches for long lets another have its turn', async ({ t }) => {
    await Promise.all([
      ...Array.from({ length: 40 }, (_, n) => putInstance(t, anInstance({ name: `a${n}`, projectId: 'p1' }))),
      putInstance(t, anInstance({ name: 'b', projectId: 'p2' })),
    ]);
    const slow = () => {
      const end = performance.now() + 2;
      while (performance.now() < end);
      return false;
    };
    const page = (projectId: string, test: () => boolean) =>
      t.store.instances({
        filter: { projectId, test },
        sort: [{ key: 'hostname', direction: 'asc' }],
        limit: 10,
      });
    let ended = 0;
    const many = Array.from({ length: 30 }, () => page('p1', slow).finally(() => ended++));
    assert.is((await page('p2', () => true)).instances.length, 1);
    assert.ok(ended < 15, `${ended} of 30 lists of the other project came first`);
    await Promise.all(many);
  });

  test('a list whose client has gone is not read further', async ({ t }) => {
    await putInstance(t, anInstance({ projectId: 'p1' }));
    const leaving = new AbortController();
    let tested = 0;
    const leave = () => {
      tested += 1;
      leaving.abort();
      return false;
    };
    const asked = { filter: { projectId: 'p1', test: leave }, sort: [], limit: 10, signal: leaving.signal };
    await t.store.instances(asked).then(
      () => assert.unreachable('it was answered'),
      () => undefined,
    );
    assert.is(tested, 1);
    assert.is((await t.store.instances({ filter: {}, sort: [], limit: 10 })).instances.length, 1);
  });

  test.run();
}
