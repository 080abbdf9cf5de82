/** State and log are one commit, bounded and without a hole. */
import * as assert from 'uvu/assert';
import { MAX_ITEMS_PER_ROW } from '../../../server/ports/log.ts';
import { anInstance, aService } from '../../support/builders.ts';
import { putInstance, putService } from '../../support/store.ts';
import type { StorePromise } from './promise.ts';
import { changes, flip, listen, serviceChanges } from './steps.ts';

export function commitsContract(promise: StorePromise): void {
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

  promise('decisions of one turn are one commit, and one row for each stream', async (t) => {
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
}
