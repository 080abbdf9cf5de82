/** G6: DOWN goes ahead of everything that is queued in other owners' work. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { onDeclared } from '../../../server/domain/transition.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import { StreamWorld } from '../../support/stream-world.ts';

const test = suite('urgency');

const HOSTS = 10_000;

test('a force-down is committed and sent before earlier silences and snapshots', async () => {
  const w = await StreamWorld.open({ maxReplay: HOSTS });
  try {
    await w.service({ host: 'mine' });
    const { id } = await w.server({ host: 'mine' });
    const theirs = Array.from({ length: HOSTS }, (_, n) => `c${n}`);
    await Promise.all(theirs.map((host) => w.service({ host })));
    const inhabited = theirs.slice(0, 1_000);
    await Promise.all(inhabited.map((host) => w.server({ host, projectId: 'p2' })));
    const mine = await w.follower('owner');
    await w.follower('other');
    const late = await w.client('other');
    const first = await w.poll('', 'other');
    await Promise.all(inhabited.map((host) => w.change(host, { disabled: true })));

    let silences = 0;
    const transactions: Committed[] = [];
    w.store.onCommit((committed) => transactions.push(committed));
    const mass = theirs.map((host) => w.change(host, { live: false }).then(() => silences++));
    late.subscribe({ id: 'replay', cursor: first.json.cursor }).subscribe({ id: 'snapshot' });
    await Promise.race(mass);
    await new Promise((resolve) => setImmediate(resolve));

    const before = transactions.length;
    const forced = w.store.updateService(
      { host: 'mine', binary: 'nova-compute' },
      (current) => {
        assert.ok(current);
        const by = { actor: 'test', at: w.clock.now() };
        return onDeclared(current, { ...current, forcedDown: true }, by, w.test.rules);
      },
      { urgent: true },
    );
    const event = await mine.expect('event');
    assert.equal([event.items[0]?.to, (event.items[0] as { server_id: string }).server_id], ['DOWN', id]);
    assert.ok(silences < HOSTS / 2, `sent after ${silences} silences`);
    assert.equal(
      transactions[before]?.services.map(({ host }) => host),
      ['mine'],
      'the next transaction is its own, and holds nothing else',
    );
    await Promise.all([forced, ...mass]);
  } finally {
    await w.close();
  }
});

test.run();
