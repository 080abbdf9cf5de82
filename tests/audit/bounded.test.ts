import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BoundedAudit } from '../../server/audit/bounded.ts';
import { keptOfEach } from '../../server/audit/kept-of-each.ts';
import { FakeClock } from '../support/clock.ts';

const test = suite('bounded audit log');

/** An audit log of shares with these numbers of entries, and the calls that it gets. */
function logOf(sizes: Record<string, number>) {
  const calls = { pages: 0, deleted: [] as number[] };
  const audit = {
    async shares(after: string, limit: number) {
      calls.pages++;
      const names = Object.keys(sizes)
        .sort()
        .filter((share) => share > after);
      return names
        .slice(0, limit)
        .map((share) => ({ share, first: 101 - (sizes[share] as number), last: 100 }));
    },
    async forgetOldest(share: string, through: number, batch: number) {
      const surplus = through - 100 + (sizes[share] as number);
      const deleted = Math.min(surplus, batch);
      sizes[share] = (sizes[share] as number) - deleted;
      calls.deleted.push(deleted);
      return deleted;
    },
  };
  return { sizes, calls, audit };
}

test('the largest shares are cut to one size, the others keep all', () => {
  const sizes = new Uint32Array(11);
  for (const size of [1, 4, 4, 10]) sizes[size] = (sizes[size] as number) + 1;
  assert.equal(
    [18, 15, 14, 13, 12, 7, 4, 1].map((limit) => keptOfEach(sizes, limit)),
    [9, 6, 5, 4, 3, 2, 1, 1],
  );
});

test('a log within its limit is counted and keeps everything', async () => {
  const { audit, calls } = logOf({ a: 4, b: 6 });
  const bounded = new BoundedAudit({ audit, clock: new FakeClock(), limit: 10 });
  assert.is(await bounded.step(), false);
  assert.is(bounded.entries, 10);
  assert.equal(calls.deleted, []);
});

test('many shares are counted in pages, and counted again after a minute', async () => {
  const clock = new FakeClock();
  const shares = Object.fromEntries(Array.from({ length: 450 }, (_, n) => [`p${n}`, 2]));
  const { audit, calls } = logOf(shares);
  const bounded = new BoundedAudit({ audit, clock, limit: 10_000 });
  while (await bounded.step());
  assert.equal([calls.pages, bounded.entries], [3, 900]);
  clock.advance(59_999);
  assert.is(await bounded.step(), false);
  assert.is(calls.pages, 3);
  clock.advance(1);
  assert.is(await bounded.step(), true);
});

test('a large surplus goes in batches', async () => {
  const { audit, calls, sizes } = logOf({ a: 700, b: 20, c: 30 });
  const bounded = new BoundedAudit({ audit, clock: new FakeClock(), limit: 60 });
  while (await bounded.step());
  assert.equal(sizes, { a: 20, b: 20, c: 20 });
  assert.ok(Math.max(...calls.deleted) <= 200);
  assert.is(bounded.entries, 60);
});

test('a failure of the database loses no place', async () => {
  const { audit, sizes } = logOf({ a: 700, b: 20, c: 30 });
  let asked = 0;
  const failing = {
    ...audit,
    forgetOldest: (...of: Parameters<typeof audit.forgetOldest>) =>
      ++asked % 2 === 1 ? Promise.reject(new Error('away')) : audit.forgetOldest(...of),
  };
  const bounded = new BoundedAudit({ audit: failing, clock: new FakeClock(), limit: 60 });
  while (await bounded.step().catch(() => true));
  assert.equal(sizes, { a: 20, b: 20, c: 20 });
});

test.run();
