/** Rotation of the key that cursors are sealed with: which cursors resume, and until when. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../server/domain/errors.ts';
import type { CursorKeyStore } from '../../server/ports/cursor-key-store.ts';
import { Cursors, type ResumeContext } from '../../server/stream/cursor.ts';
import { CursorKeys, MOST_ACCEPTED } from '../../server/stream/cursor-keys.ts';
import { FakeClock } from '../support/clock.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { until } from '../support/within.ts';

interface Context {
  readonly t: TestStore;
  readonly clock: FakeClock;
  readonly keys: CursorKeys;
  readonly cursors: Cursors;
}

const test = suite<Context>('keys of cursors');
const own = 'project:p1' as const;
const RESUMED = { after: { seq: 0, entry: 0 } };
const HERE: ResumeContext = {
  stream: own,
  bounds: { head: 0, floor: 1, headEntry: 0, floorEntry: 0, entry: 0 },
  maxReplay: 100,
  entryAt: async () => undefined,
};
const HOUR = 3_600_000;

function ring(t: TestStore, clock: FakeClock, isShared = false): CursorKeys {
  return new CursorKeys({ signingKey: t.store.signingKey, store: t.cursorKeys, clock, isShared });
}

test.before.each(async (context) => {
  const clock = new FakeClock();
  const t = await openTestStore({ clock });
  const keys = ring(t, clock);
  await keys.load();
  Object.assign(context, { t, clock, keys, cursors: new Cursors(t.store, keys) });
});
test.after.each(({ t }) => t.close());

const sealed = (cursors: Cursors) => cursors.seal(own, { seq: 0, entry: 0 });

test('an earlier key opens cursors until its time, then they are expired', async (context) => {
  const { clock, keys, cursors } = context;
  const before = sealed(cursors);
  await keys.rotate(HOUR);
  const after = sealed(cursors);
  assert.equal(await cursors.judge(before, HERE), RESUMED);
  assert.equal(cursors.read(before, own), { seq: 0, entry: 0 });
  clock.advance(HOUR - 1);
  assert.equal(await cursors.judge(before, HERE), RESUMED);
  clock.advance(1);
  assert.equal(await cursors.judge(before, HERE), { reset: 'expired' });
  assert.is(cursors.read(before, own), undefined);
  assert.equal(await cursors.judge(after, HERE), RESUMED);
});

test('the old key alone cannot make a cursor that is taken for a new one', async ({ t, keys, cursors }) => {
  await keys.rotate(0);
  const forged = sealed(new Cursors(t.store));
  assert.equal(await cursors.judge(forged, HERE), { reset: 'expired' });
  const vectors = JSON.parse(readFileSync(new URL('../vectors/resume-signed.json', import.meta.url), 'utf8'));
  const log = { epoch: vectors.epoch, signingKey: Buffer.from(vectors.key, 'hex') };
  const signed = new Cursors(log, keys);
  assert.equal(await signed.judge(vectors.cases[0].cursor, { ...HERE, stream: vectors.cases[0].stream }), {
    reset: 'expired',
  });
});

test('a later rotation may shorten the time of earlier keys, never lengthen it', async (context) => {
  const { clock, keys, cursors } = context;
  const first = sealed(cursors);
  await keys.rotate(10 * HOUR);
  const second = sealed(cursors);
  await keys.rotate(HOUR);
  clock.advance(HOUR);
  assert.equal(await cursors.judge(first, HERE), { reset: 'expired' });
  await keys.rotate(10 * HOUR);
  assert.equal(await cursors.judge(first, HERE), { reset: 'expired' });
  assert.equal(await cursors.judge(second, HERE), { reset: 'expired' });
});

test('a start takes up the keys that there are', async ({ t, clock, keys, cursors }) => {
  const before = sealed(cursors);
  await keys.rotate(HOUR);
  const after = sealed(cursors);
  const again = ring(t, clock);
  await again.load();
  const later = new Cursors(t.store, again);
  for (const cursor of [before, after]) assert.equal(await later.judge(cursor, HERE), RESUMED);
});

test('a node that has not read the newest key yet reads it before it refuses', async (context) => {
  const { t, clock, keys, cursors } = context;
  const other = ring(t, clock, true);
  await other.load();
  const elsewhere = new Cursors(t.store, other);
  await keys.rotate(HOUR);
  const cursor = sealed(cursors);
  assert.equal(await Promise.all([1, 2, 3].map(() => elsewhere.judge(cursor, HERE))), [
    RESUMED,
    RESUMED,
    RESUMED,
  ]);
  assert.equal(await elsewhere.judge(`${cursor.slice(0, -4)}AAAA`, HERE), { reset: 'invalid' });
});

test('a slow read of keys does not put back those that a later read replaced', async (context) => {
  const { t, clock, keys, cursors } = context;
  const answers: (() => void)[] = [];
  const store: Pick<CursorKeyStore, 'cursorKeys'> = {
    async cursorKeys() {
      const rows = await t.cursorKeys.cursorKeys();
      await new Promise<void>((answer) => answers.push(answer));
      return rows;
    },
  };
  const options = { signingKey: t.store.signingKey, clock, isShared: false };
  const other = new CursorKeys({ ...options, store: store as CursorKeyStore });
  const early = other.load();
  await until('the early read', () => answers.length === 1);
  await keys.rotate(HOUR);
  const late = other.load();
  // The later one is answered first, where both are under way.
  await new Promise((turn) => setImmediate(turn));
  for (const answer of answers.splice(0).reverse()) answer();
  await early;
  await Promise.race([late, until('the late read', () => answers.length === 1)]);
  answers[0]?.();
  await late;
  assert.equal(await new Cursors(t.store, other).judge(sealed(cursors), HERE), RESUMED);
});

test('the number of accepted keys is limited, and expired ones are forgotten', async (context) => {
  const { t, clock, keys } = context;
  for (let n = 1; n < MOST_ACCEPTED; n++) await keys.rotate(HOUR);
  const refused = await keys.rotate(HOUR).catch((error) => error);
  assert.instance(refused, DomainError);
  assert.match(refused.message, /8 keys are accepted already.* ends at \S+Z/);
  await keys.rotate(0);
  clock.advance(HOUR);
  for (let n = 0; n < 40; n++) await keys.rotate(0);
  assert.ok((await t.cursorKeys.cursorKeys()).length <= 6);
  assert.equal(await new Cursors(t.store, keys).judge(sealed(new Cursors(t.store)), HERE), {
    reset: 'invalid',
  });
});

test.run();
