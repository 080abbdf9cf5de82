/** A decision is taken on what is in its transaction, in order, and is refused alone. */
import * as assert from 'uvu/assert';
import { DomainError } from '../../../server/domain/errors.ts';
import { onSwitched } from '../../../server/domain/transition.ts';
import { anInstance, aService, someDetails } from '../../support/builders.ts';
import { putInstance, putService } from '../../support/store.ts';
import type { StorePromise } from './promise.ts';
import { by, flip, key, listen, remove, serviceChanges } from './steps.ts';

export function decisionsContract(promise: StorePromise): void {
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
}
