import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Snapshots } from '../../server/stream/snapshot.ts';
import { viewOf } from '../../server/stream/view.ts';

const test = suite('snapshots');

test('simultaneous readers share one reading; a failed one is not shared', async () => {
  const later: (() => void)[] = [];
  let readings = 0;
  let isDown = true;
  const store = {
    async projectSnapshot() {
      readings += 1;
      if (isDown) throw new Error('the database does not answer');
      return { head: 7, entry: 0, items: [] };
    },
  };
  const snapshots = new Snapshots(
    store as never,
    () => ({}),
    (then) => void later.push(then),
  );
  const outcomes = await Promise.allSettled([snapshots.read('project:p1'), snapshots.read('project:p1')]);
  assert.equal(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.is(readings, 1);
  for (const then of later.splice(0)) then();
  isDown = false;
  assert.is((await snapshots.read('project:p1')).place.seq, 7);
  assert.is(readings, 2);
});

test('a filter names servers in either case', () => {
  const view = viewOf({ servers: ['ABC-1'] }, { stream: 'project:p1', visibility: 'all' });
  assert.equal([...(view.servers ?? [])], ['abc-1']);
});

test.run();
